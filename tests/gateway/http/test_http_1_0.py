"""HTTP/1.0, as a bare `proxy_pass` of nginx speaks it: a stream without chunks."""

import json

import pytest

from tests.support.event_stream import answer_of, asked, comes_back, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway


@pytest.mark.parametrize("encoding", [b"identity", b"gzip", b"zstd"])
async def test_a_stream_comes_without_chunks_and_shares_its_group_with_http_1_1(
    gateway: LocalGateway, feeder: Feeder, encoding: bytes
) -> None:
    await feeder.tick("A", "B")
    await eventually(lambda: len(gateway.gateway.live.last) == 2)
    accepts = b"accept-encoding: " + encoding
    async with (
        asked(gateway.url, "/v1/stream", accepts) as new,
        asked(gateway.url, "/v1/stream", accepts, version="1.0") as old,
    ):
        assert (old.status, old.headers["connection"]) == (200, "close")
        assert "transfer-encoding" not in old.headers
        assert old.headers.get("content-encoding", "identity").encode() == encoding
        for client in (new, old):
            await client.begin()
        await feeder.tick("A", "B", "A")
        assert await new.ticks(3) == await old.ticks(3) == [("A", 2), ("B", 2), ("A", 3)]
        assert len(gateway.hub.groups) == 1
        await gateway.gateway.closing.drain()
        for client in (new, old):
            rest = await client.finish()
            assert (rest[-1].type, json.loads(rest[-1].data)["reason"]) == (b"bye", "drain")
        assert b"\r" not in old.text


async def test_a_client_that_resumes_gets_every_tick(gateway: LocalGateway, feeder: Feeder) -> None:
    await feeder.tick("A")
    await eventually(lambda: gateway.gateway.live.ring.number >= 1)
    async with opened(gateway.url) as client:
        cursor = client.cursor
    for _ in range(20):
        await feeder.tick(*["A"] * 500)
    await eventually(lambda: gateway.gateway.live.ring.number >= 10_001)
    last_event_id = b"last-event-id: " + cursor.encode()
    async with asked(gateway.url, "/v1/stream", last_event_id, version="1.0") as client:
        assert (await client.expect("hello"))["replayed"] == 10_000
        assert await client.ticks(10_000) == [("A", q) for q in range(2, 10_002)]


async def test_who_cannot_be_served_comes_back(valkey_url: str, feeder: Feeder) -> None:
    async with local_gateway(valkey_url, max_connections=1) as gateway, opened(gateway.url):
        comes_back(await answer_of(gateway.url, "/v1/stream", version="1.0"), "full")


async def test_a_head_has_no_body(gateway: LocalGateway) -> None:
    async with asked(gateway.url, "/v1/stream", method="HEAD", version="1.0") as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
        assert not await answer.finish()
    assert gateway.is_empty()
