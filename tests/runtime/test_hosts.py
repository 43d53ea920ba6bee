"""Which hosts a request may name."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.runtime.hosts import HEALTH, AllowedHosts, is_loopback, parse_hosts
from tickcast.runtime.problem import Problem

LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1", "localhost", "a.localhost"]
ELSEWHERE = ["0.0.0.0", "::", "", "10.0.0.1", "prices.example"]


def status(names: str, listens_on: str, host: str | None, path: str = "/v1/stream", **more: bool) -> int:
    allowed = AllowedHosts(parse_hosts(names), listens_on)
    try:
        allowed.check([] if host is None else [host.encode("latin-1")], "1.1", path, **more)
    except Problem as problem:
        return problem.status
    return 200


@pytest.mark.parametrize("host", LOOPBACK)
def test_what_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_what_is_not(host: str) -> None:
    assert not is_loopback(host)


# Of this machine, an address, or a name that no public DNS has.
OWN = [
    "localhost",
    "LOCALHOST:8080",
    "localhost.",
    "app.localhost:1",
    "127.0.0.1:8080",
    "[::1]:8080",
    "10.1.2.3",
    "gateways",
]
FOREIGN = [
    "evil.example",
    "evil.example:8080",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example.",
    "",
]


@pytest.mark.parametrize("listens_on", LOOPBACK)
def test_on_loopback_no_foreign_name_is_allowed_unless_it_is_set(listens_on: str) -> None:
    for host in OWN:
        assert status("", listens_on, host) == 200, host
    for host in FOREIGN:
        assert status("", listens_on, host) == 421, host
    assert status("prices.example,evil.example", listens_on, "EVIL.example:8080") == 200


@pytest.mark.parametrize("listens_on", ELSEWHERE)
def test_elsewhere_all_names_are_allowed_unless_some_are_set(listens_on: str) -> None:
    for host in OWN + FOREIGN:
        assert status("", listens_on, host) == 200, host
        # A second port, for this gateway alone, is on loopback wherever the first one is.
        assert status("", listens_on, host, private=True) == (200 if host in OWN else 421), host
    for host in [*FOREIGN, "gateways"]:
        assert status("prices.example", listens_on, host) == 421, host
    for host in ("prices.example", "Prices.Example.:443", "127.0.0.1", "localhost:8080", "[fd00::1]"):
        assert status("prices.example", listens_on, host) == 200, host


@pytest.mark.parametrize("path", HEALTH)
def test_a_prober_may_name_any_host_or_none(path: str) -> None:
    for host in (*OWN, *FOREIGN, None):
        assert status("prices.example", "127.0.0.1", host, path) == 200


@pytest.mark.parametrize(
    "host", [None, "a b", "a,b", "a/b", "user@host", "[::1", "host:port", "h:1:2", "\xe9", "a\tb"]
)
def test_what_is_no_host_is_a_bad_request_wherever_it_goes(host: str | None) -> None:
    assert status("", "0.0.0.0", host) == 400


@pytest.mark.parametrize("path", ["/v1/stream", *HEALTH])
def test_two_hosts_are_a_bad_request_even_if_they_are_the_same(path: str) -> None:
    allowed = AllowedHosts(frozenset(), "0.0.0.0")
    with pytest.raises(Problem, match="Host is there twice") as refused:
        allowed.check([b"localhost", b"localhost"], "1.1", path)
    assert refused.value.status == 400


def test_the_refusal_names_the_host_and_the_setting() -> None:
    with pytest.raises(Problem, match=r"'evil\.example' is no name .* TICKCAST_ALLOWED_HOSTS"):
        AllowedHosts(frozenset(), "127.0.0.1").check([b"evil.example:80"], "1.1", "/")


@given(st.ip_addresses())
def test_an_address_cannot_be_rebound(address: object) -> None:
    text = f"[{address}]:80" if ip_address(str(address)).version == 6 else f"{address}:80"
    assert status("prices.example", "127.0.0.1", text) == 200


@pytest.mark.parametrize(
    "text", ["a b", "http://a", "a:80", "a/b", "*", "*.example", "-a", "a..b", "a" * 300, "é"]
)
def test_what_is_no_name_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="is no name of a host without a port, such as prices"):
        parse_hosts(f"good.example, {text}")


def test_names_come_with_commas_and_in_any_case() -> None:
    assert parse_hosts(" Prices.Example, b.example ,, [::1],127.0.0.1") == {
        "prices.example",
        "b.example",
        "::1",
        "127.0.0.1",
    }
