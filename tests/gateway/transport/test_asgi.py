"""The same stream under a server that does not let go of its sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from tests.support.event_stream import answer_of, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.app import build_app
from tickcast.gateway.server import bind
from tickcast.gateway.settings import GatewaySettings

SERVERS = ["h11", "httptools"]


@asynccontextmanager
async def plain_server(url: str, http: str) -> AsyncIterator[tuple[Gateway, str]]:
    """Run the application under uvicorn as it comes."""
    sock = bind("127.0.0.1", 0, reuse_port=False)
    port = sock.getsockname()[1]
    gateway = Gateway(GatewaySettings(redis_url=url, port=port, compress=True))
    server = uvicorn.Server(
        uvicorn.Config(build_app(gateway), http=http, ws="none", log_config=None, timeout_graceful_shutdown=2)  # type: ignore[arg-type]
    )
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        await eventually(lambda: server.started and gateway.is_ready)
        yield gateway, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@pytest.mark.parametrize("http", SERVERS)
async def test_it_says_hello_streams_resumes_and_notices_who_goes(
    feeder: Feeder, valkey_url: str, http: str
) -> None:
    async with plain_server(valkey_url, http) as (gateway, url):
        async with opened(url) as client:
            assert client.headers["content-type"] == "text/event-stream"
            await feeder.tick("A", "B", "A")
            assert await client.ticks(3) == [("A", 1), ("B", 1), ("A", 2)]
            cursor = client.seen[-2].id.decode()
        await eventually(lambda: not gateway.live.lifecycle.registry)
        assert not gateway.live.hub.groups
        async with stream(url, cursor) as client:
            assert (await client.expect("hello"))["replayed"] == 1
            assert await client.ticks(1) == [("A", 2)]
        await eventually(lambda: not gateway.live.lifecycle.registry)
        assert (await answer_of(url, "/v1/stream?interval=x")).status == 400


@pytest.mark.parametrize("http", SERVERS)
async def test_the_drain_ends_it_properly(feeder: Feeder, valkey_url: str, http: str) -> None:
    async with plain_server(valkey_url, http) as (gateway, url), opened(url) as client:
        gateway.closing.bye(next(iter(gateway.live.lifecycle.registry)), "drain", 250)
        assert [event.type for event in await client.finish()] == [b"bye"]
        assert client.complete
        assert client.sse.retry == 250


@pytest.mark.parametrize("http", SERVERS)
async def test_what_waits_for_a_slow_client_is_bounded_and_it_is_told_of_the_gap(
    feeder: Feeder, valkey_url: str, http: str
) -> None:
    async with plain_server(valkey_url, http) as (gateway, url), opened(url) as client:
        gateway.live.lifecycle.slow.brief = -1.0  # every lag is long, so that this one need not last
        (subscriber,) = gateway.live.lifecycle.registry
        # Full for a moment is not full: the server may still have room.
        stuck = 0
        while stuck < 20:
            await feeder.tick(*["A"] * 500)
            stuck = stuck + 1 if gateway.live.lifecycle.slow.full else 0
        most = subscriber.waiting()
        for _ in range(20):
            await feeder.tick(*["A"] * 500)
        await eventually(lambda: gateway.live.ingest.ticks == feeder.counts["A"])
        assert subscriber.waiting() <= most
        # It may have caught up for a moment before, and been told of a gap then, too.
        newest = f'"q":{feeder.counts["A"]},'.encode()
        events = await client.until(lambda event: event.type == b"snapshot" and newest in event.data)
        assert events[-2].type == b"gap"
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", feeder.counts["A"])]
