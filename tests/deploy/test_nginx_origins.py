"""Pages of other origins and the answers of nginx itself: list and fields are those of the gateways."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.deploy.test_nginx import Proxy, gateway, nginx
from tickcast.runtime.origins import EXPOSED, HEADERS, MAX_AGE, METHODS, Origins, parse_origins

DESK, STRANGER = "https://desk.example", "https://desk.example.evil"
LIST = f"{DESK}, http://localhost:3000,https://other.example:443"

OWN = {
    "GET /v1/snapshot": 503,
    "GET /v1/stream": 200,
    "GET /": 503,
    "GET /metrics": 404,
    "GET /debug": 404,
    "GET /v1/debug": 404,
    "PATCH /v1/streams/a.b": 413,
}
"""Answers of nginx without a gateway, and to a body that is too large."""


@contextmanager
def listing(folder: Path, text: str = LIST) -> Iterator[Proxy]:
    """Run nginx with this list, as its container writes it."""
    (folder / "origins.map").write_text(f'x "{text}";\n', "utf-8")
    with nginx(folder) as proxy:
        yield proxy


async def asks(proxy: Proxy, what: str, origin: str | None, **fields: str) -> httpx2.Response:
    method, path = what.split()
    async with proxy.client() as web:
        headers = fields | ({} if origin is None else {"origin": origin})
        content = bytes(200_000) if method == "PATCH" else None
        return await web.request(method, path, headers=headers, content=content)


def cors_of(answer: httpx2.Response) -> dict[str, list[str]]:
    """Return the fields for pages of other origins, and those that tell caches that some get others."""
    names = {name for name in answer.headers if name.startswith(("access-control-", "cross-origin-", "vary"))}
    return {name: answer.headers.get_list(name) for name in sorted(names)}


@pytest.mark.parametrize("what", OWN)
async def test_a_listed_page_may_read_what_nginx_answers_and_no_other_may(tmp_path: Path, what: str) -> None:
    with listing(tmp_path) as proxy:
        answers = {origin: await asks(proxy, what, origin) for origin in (DESK, STRANGER, None)}
    assert {answer.status_code for answer in answers.values()} == {OWN[what]}
    assert cors_of(answers[DESK]) == {
        "access-control-allow-credentials": ["true"],
        "access-control-allow-origin": [DESK],
        "access-control-expose-headers": [EXPOSED],
        "cross-origin-resource-policy": ["cross-origin"],
        "vary": ["origin"],
    }
    for origin in (STRANGER, None):
        assert cors_of(answers[origin]) == {
            "cross-origin-resource-policy": ["same-origin"],
            "vary": ["origin"],
        }
    for answer in answers.values():
        assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_a_listed_page_may_read_that_it_asks_too_often(tmp_path: Path) -> None:
    with listing(tmp_path) as proxy:
        host, port = proxy.url.rpartition("//")[2].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        for _ in range(5000):
            connection.request("GET", "/v1/streams/a.b", headers={"origin": DESK})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 429:
                break
        connection.close()
    assert answer.status == 429
    assert answer.headers.get_all("access-control-allow-origin") == [DESK]
    assert answer.headers["retry-after"] == "1"


ORIGINS = [
    DESK, "HTTPS://DESK.example", "http://localhost:3000", "https://other.example",
    STRANGER, "https://desk.exampl", "http://desk.example", "http://localhost", "https://other.example:444",
    "null", "https://desk.example, https://desk.example", ".", "https://.*", "",
]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
async def test_nginx_and_the_gateways_list_the_same_origins(tmp_path: Path, origin: str) -> None:
    gateways = Origins(parse_origins(LIST)).fields({"origin": [origin]}, "/")
    listed = any(name == b"access-control-allow-origin" for name, _ in gateways)
    with listing(tmp_path) as proxy:
        answer = await asks(proxy, "GET /v1/snapshot", origin)
    assert ("access-control-allow-origin" in answer.headers) == listed


async def test_a_preflight_is_answered_without_a_gateway_and_as_by_one(tmp_path: Path) -> None:
    asked = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization"}
    with listing(tmp_path) as proxy:
        answer = await asks(proxy, "OPTIONS /v1/streams/a.b", DESK, **asked)
        other = await asks(proxy, "OPTIONS /v1/streams/a.b", STRANGER, **asked)
        plain = await asks(proxy, "OPTIONS /v1/streams/a.b", DESK)
    assert answer.status_code == 204
    found = {name: values[0] for name, values in cors_of(answer).items()}
    assert found["access-control-allow-methods"] == METHODS
    assert found["access-control-allow-headers"] == HEADERS
    assert found["access-control-max-age"] == MAX_AGE
    assert found["access-control-allow-origin"] == DESK
    assert cors_of(answer)["vary"] == ["origin"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    # They are the gateways' to answer, and there is none.
    assert [each.status_code for each in (other, plain)] == [503, 503]
    assert "access-control-allow-methods" not in {*cors_of(other), *cors_of(plain)}


async def test_what_a_gateway_says_itself_is_said_once(tmp_path: Path) -> None:
    said = (
        b"access-control-allow-origin: https://desk.example\r\ncross-origin-resource-policy: cross-origin\r\n"
        b"vary: accept-encoding, Origin\r\n"
    )
    with listing(tmp_path) as proxy:
        async with gateway(proxy.gateway, fields=said):
            answer = await asks(proxy, "GET /v1/snapshot", DESK)
            stranger = await asks(proxy, "GET /v1/snapshot", None)
    assert answer.headers.get_list("access-control-allow-origin") == [DESK]
    assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    assert answer.headers.get_list("vary") == ["accept-encoding, Origin"]
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert stranger.status_code == 200


async def test_an_answer_varies_by_origin_though_its_gateway_knows_no_list(tmp_path: Path) -> None:
    with listing(tmp_path) as proxy:
        async with gateway(proxy.gateway, fields=b"vary: accept-encoding\r\n"):
            answer = await asks(proxy, "GET /", DESK)
    assert answer.headers.get_list("access-control-allow-origin") == [DESK]
    assert answer.headers.get_list("vary") == ["accept-encoding", "origin"]


async def test_without_a_list_nginx_lets_nobody_read(tmp_path: Path) -> None:
    with nginx(tmp_path) as proxy:
        answers = [await asks(proxy, "GET /v1/snapshot", origin) for origin in (DESK, "", "null")]
    assert [cors_of(answer) for answer in answers] == [{"cross-origin-resource-policy": ["same-origin"]}] * 3


def test_the_gateways_and_nginx_get_the_list_from_the_same_variable() -> None:
    services = yaml.safe_load((Path(__file__).parents[2] / "docker-compose.yml").read_text("utf-8"))[
        "services"
    ]
    given = {name: services[name]["environment"]["TICKCAST_CORS_ORIGINS"] for name in ("gateway", "nginx")}
    assert given == dict.fromkeys(given, "${TICKCAST_CORS_ORIGINS:-}")
    script = services["nginx"]["command"][2]
    assert 'printf \'x "%s";\\n\' "$$TICKCAST_CORS_ORIGINS" >/tmp/origins.map' in script
