"""HTTP to the letter, and what browsers are told of every answer."""

import re

import pytest

from tests.support.event_stream import answer_of, asked
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.gateway.http.app import build_app
from tickcast.runtime.response_fields import CLOSED

PATHS = [
    *("/v1/stream", "/v1/snapshot", "/v1/symbols", "/v1/bars/AAPL", "/healthz", "/readyz", "/metrics"),
    *("/openapi.json", "/nothing", "/v1/stream?symbols=%2A%2A"),
]


@pytest.mark.parametrize("target", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "OPTIONS"])
async def test_no_answer_is_a_page_for_a_browser(
    gateway: LocalGateway, feeder: Feeder, target: str, method: str
) -> None:
    await feeder.tick("AAPL")
    async with asked(gateway.url, target, method=method) as answer:
        assert answer.status
        for name, value in CLOSED.items():
            assert [held for field, held in answer.fields if field == name] == [value]


async def test_every_route_answers_with_fields_that_keep_browsers_from_guessing(
    valkey_url: str, feeder: Feeder
) -> None:
    await feeder.tick("AAPL")
    async with local_gateway(valkey_url, debug=True) as gateway:
        targets = [getattr(route, "path", "") for route in build_app(gateway.gateway).routes]
        assert {"/v1/stream", "/v1/debug", "/metrics", "/"} <= {*targets}
        for target in targets:
            for method in ("GET", "POST"):
                path = re.sub(r"\{.*\}", "AAPL", target)
                async with asked(gateway.url, path, method=method) as answer:
                    held = dict(answer.fields)
                    assert len(held) == len(answer.fields), path
                    assert held["x-content-type-options"] == "nosniff", path
                    assert {"cross-origin-resource-policy", "content-security-policy"} <= {*held}, path


@pytest.mark.parametrize("target", ["/", "/page/app.js", "/tickcast.js"])
async def test_the_page_keeps_its_own_policy(gateway: LocalGateway, target: str) -> None:
    answer = await answer_of(gateway.url, target)
    [policy] = [value for name, value in answer.fields if name == "content-security-policy"]
    assert "script-src 'self'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("target", PATHS)
async def test_two_hosts_are_refused(gateway: LocalGateway, target: str) -> None:
    answer = await answer_of(gateway.url, target, b"host: localhost")
    assert answer.status == 400
    assert b"Host is there twice" in answer.body


@pytest.mark.parametrize("path", ["/v1/snapshot", "/v1/stream", "/metrics", "/", "/tickcast.js"])
async def test_a_page_of_another_site_cannot_read_a_gateway_on_this_machine(
    feeder: Feeder, valkey_url: str, path: str
) -> None:
    async with local_gateway(valkey_url) as gateway:
        answer = await answer_of(gateway.url, path, host=b"rebound.example:8080")
        assert answer.status == 421
        assert answer.headers["content-type"] == "application/problem+json"
        assert b"'rebound.example' is no name of this gateway" in answer.body
        assert b"TICKCAST_ALLOWED_HOSTS" in answer.body
        assert (await answer_of(gateway.url, "/healthz", host=b"rebound.example")).status == 200
    async with (
        local_gateway(valkey_url, allowed_hosts="rebound.example") as gateway,
        asked(gateway.url, path, host=b"rebound.example:8080") as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize("version", ["2.0", "0.9", "1.2", "3.0", "11.1", "1"])
async def test_other_versions_of_http_are_refused(gateway: LocalGateway, version: str) -> None:
    answer = await answer_of(gateway.url, "/v1/snapshot", version=version)
    assert answer.status in (400, 505)
    assert answer.headers["content-type"] == "application/problem+json"
    if version == "2.0":
        assert (answer.status, b"HTTP/1.1 and HTTP/1.0" in answer.body) == (505, True)


async def test_bars_of_somebody_without_bars_are_refused_in_words(gateway: LocalGateway) -> None:
    answer = await answer_of(gateway.url, "/v1/stream?bars_of=AAPL")
    assert answer.status == 400
    assert re.search(rb"bars_of says whose bars; it needs bars", answer.body)


@pytest.mark.parametrize("target", PATHS)
@pytest.mark.parametrize(
    ("trusted", "sent", "told"),
    [
        ("", (), "http=1.1; forwarded=none"),
        ("", (b"x-forwarded-for: 192.0.2.7",), "http=1.1; forwarded=ignored"),
        ("127.0.0.0/8", (b"x-forwarded-for: 192.0.2.7",), "http=1.1; forwarded=trusted"),
    ],
)
async def test_who_asks_is_told_how_the_request_came_and_nobody_else(
    feeder: Feeder, valkey_url: str, target: str, trusted: str, sent: tuple[bytes, ...], told: str
) -> None:
    async with local_gateway(valkey_url, trusted_proxies=trusted) as gateway:
        async with asked(gateway.url, target, b"x-tickcast-doctor: 1", *sent) as answer:
            assert answer.headers["x-tickcast-seen"] == told
        async with asked(gateway.url, target, *sent) as answer:
            assert "x-tickcast-seen" not in answer.headers
