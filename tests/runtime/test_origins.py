"""Which pages may read a gateway: its own, those of the list, and no others."""

import pytest

from tickcast.runtime.origins import Origins, parse_origins
from tickcast.runtime.problem import Problem

ALLOWED = Origins(parse_origins("https://desk.example, http://LOCALHOST:3000,https://odds.example:443"))
NONE = Origins(frozenset())


def fields(origins: Origins, path: str = "/v1/stream", **headers: str) -> dict[bytes, bytes]:
    """Return the fields of an answer to these headers; names have _ for -."""
    listed = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return dict(origins.fields(listed, path))


@pytest.mark.parametrize(
    "origin",
    ["https://desk.example", "HTTPS://Desk.Example:443", "http://localhost:3000", "https://odds.example"],
)
def test_a_listed_origin_may_read_with_credentials_and_by_its_exact_name(origin: str) -> None:
    got = fields(ALLOWED, origin=origin, host="prices.example")
    assert got[b"access-control-allow-origin"] == origin.encode()
    assert got[b"access-control-allow-credentials"] == b"true"
    assert got[b"cross-origin-resource-policy"] == b"cross-origin"
    assert got[b"vary"] == b"origin"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "http://desk.example", "https://desk.example:8443", "https://desk.example.evil.example",
        "https://evil.example/https://desk.example", "null", "", "file://", "https://desk.example, https://evil.example",
    ],
)  # fmt: skip
def test_any_other_origin_is_refused_where_there_is_something_to_read(origin: str) -> None:
    for origins in (ALLOWED, NONE):
        with pytest.raises(Problem, match="TICKCAST_CORS_ORIGINS") as refused:
            fields(origins, origin=origin, host="prices.example")
        assert refused.value.status == 403
        # What is for everybody is not refused, and says nothing of origins.
        open_to_all = fields(origins, "/readyz", origin=origin, host="prices.example")
        assert b"access-control-allow-origin" not in open_to_all


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://prices.example", "prices.example"),
        ("https://prices.example", "prices.example:443"),
        ("http://prices.example", "PRICES.example:80"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
    ],
)
def test_its_own_pages_need_no_leave(origin: str, host: str) -> None:
    assert fields(NONE, origin=origin, host=host) == {}
    assert fields(NONE, origin=origin, host="gateways", sec_fetch_site="same-origin") == {}
    with pytest.raises(Problem):
        fields(NONE, origin=origin, host="gateways", sec_fetch_site="same-site")


def test_two_origins_are_none() -> None:
    with pytest.raises(Problem):
        ALLOWED.fields({"origin": ["https://desk.example"] * 2, "host": ["desk.example"]}, "/v1/stream")


def test_programs_without_an_origin_are_not_concerned() -> None:
    assert fields(NONE) == {}
    assert fields(ALLOWED) == {b"vary": b"origin"}


@pytest.mark.parametrize(
    "entry", ["desk.example", "https://desk.example/", "*", "https://*.example", "ftp://a"]
)
def test_what_is_no_origin_is_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match="is no origin, such as"):
        parse_origins(f"https://a.example,{entry}")
