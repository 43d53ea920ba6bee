"""Streams that are asked for in a body, on both transports: what they get, and what is refused."""

import json

import orjson
import pytest

from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway

JSON = b"content-type: application/json"
METHODS = ("QUERY", "POST")


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_body_opens_a_stream_of_its_symbols(
    gateway: LocalGateway, feeder: Feeder, method: str, version: str
) -> None:
    await feeder.tick("AAPL", "MSFT")
    await eventually(lambda: len(gateway.gateway.live.last) == 2)
    body = orjson.dumps({"symbols": ["MSFT"], "heartbeat": 1000})
    async with asked(
        gateway.url, "/v1/stream?snapshot=true", JSON, method=method, body=body, version=version
    ) as client:
        hello = await client.begin()
        assert (hello["symbols"], hello["heartbeat"]) == (1, 1000)
        await feeder.tick("AAPL", "MSFT")
        assert await client.ticks(1) == [("MSFT", 2)]
        await client.expect("heartbeat")


async def test_a_list_far_longer_than_a_url_is_taken_and_resumed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    names = [f"SYMBOL-{number:05}-{'X' * 40}" for number in range(990)]
    await feeder.tick(*names)
    await eventually(lambda: len(gateway.gateway.live.last) == len(names))
    body = orjson.dumps({"symbols": names})
    assert 50_000 < len(body) < 64 * 1024
    async with asked(gateway.url, "/v1/stream", JSON, method="QUERY", body=body) as client:
        assert (await client.begin())["symbols"] == 990
        while not client.cursor:
            await client.next()  # a large snapshot comes in several events
        cursor = client.cursor
    await feeder.tick(names[-1])
    body = orjson.dumps({"symbols": names, "lastEventId": cursor})
    async with asked(gateway.url, "/v1/stream", JSON, method="QUERY", body=body) as client:
        assert (await client.begin(snapshot=False))["resumed"] in ("replayed", "live")
        assert await client.ticks(1) == [(names[-1], 2)]


@pytest.mark.parametrize("method", METHODS)
async def test_a_body_that_cannot_be_taken_is_refused_in_words(gateway: LocalGateway, method: str) -> None:
    async def refused(body: bytes, *fields: bytes) -> tuple[int, str]:
        answer = await answer_of(gateway.url, "/v1/stream", *fields, method=method, body=body)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status, json.loads(answer.body)["detail"]

    status, why = await refused(b'{"symbols":["A"]}', b"content-type: text/plain")
    assert (status, why) == (415, "the body is text/plain; it has to be application/json")
    assert (await refused(b"{}", JSON, b"content-encoding: gzip"))[0] == 415
    assert (await refused(b'{"sym":["A"]}', JSON))[0] == 400
    assert await refused(b'{"lastEventId":"%b"}' % (b"x" * 70_000), JSON) == (
        413,
        "the body has more than 65536 bytes",
    )
    refusal = await answer_of(gateway.url, "/v1/stream", method=method, body=b"x")
    assert refusal.headers["accept-query"] == "application/json"
    assert refusal.headers["connection"] == "close"


async def test_a_request_behind_the_body_of_a_stream_is_refused(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    behind = b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n"
    sent = JSON + b"\r\ncontent-length: 2"
    answer = await answer_of(gateway.url, "/v1/stream", sent + b"\r\n\r\n{}" + behind, method="QUERY")
    assert (answer.status, answer.headers["connection"]) == (400, "close")
