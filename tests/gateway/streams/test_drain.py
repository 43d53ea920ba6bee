"""Stopping: every stream is told, ends properly, and the process ends well and in time."""

import asyncio
import json
import signal
import time

import pytest

from tests.support.event_stream import EventStream, answer_of, comes_back, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.ports import accepts, free_port
from tests.support.programs import running, running_gateway

STREAMS = 1000
WINDOW = 10
"""Seconds, in which a busy machine, too, has time to ask what is answered meanwhile."""


async def test_a_thousand_streams_each_get_bye_and_a_proper_end_within_the_window(
    feeder: Feeder, valkey_url: str
) -> None:
    async with running_gateway(valkey_url, drain=WINDOW) as gateway:
        contexts = [stream(gateway.url, snapshot="false") for _ in range(STREAMS)]
        clients: list[EventStream] = []
        for at in range(0, STREAMS, 50):
            clients += await asyncio.gather(*(each.__aenter__() for each in contexts[at : at + 50]))
        await asyncio.gather(*(client.expect("hello") for client in clients))
        reading = [asyncio.create_task(client.finish(WINDOW + 60)) for client in clients]
        began = time.monotonic()
        gateway.signal(signal.SIGTERM)
        await eventually(lambda: any(task.done() for task in reading))
        refused = await answer_of(gateway.url, "/v1/stream", b"x-tickcast-balanced: 1")
        assert refused.status == 503
        assert "draining" in json.loads(refused.body)["detail"]
        comes_back(await answer_of(gateway.url, "/v1/stream"), "draining")
        assert (await answer_of(gateway.url, "/readyz")).status == 503
        # In slices: some are served still, while others have gone.
        assert not all(task.done() for task in reading)
        await feeder.tick("A")
        ends = await asyncio.gather(*reading)
        assert await gateway.ended() == 0
        assert time.monotonic() - began < WINDOW + 30
        byes = []
        for client, events in zip(clients, ends, strict=True):
            assert client.complete
            assert events[-1].type == b"bye"
            byes.append(json.loads(events[-1].data))
            assert byes[-1]["retry"] == client.sse.retry
        assert {bye["reason"] for bye in byes} == {"drain"}
        assert len({bye["retry"] for bye in byes}) > 100
        assert any(event.type == b"tick" for events in ends for event in events)
        for context in contexts:
            await context.__aexit__(None, None, None)


async def test_a_second_signal_stops_at_once(feeder: Feeder, valkey_url: str) -> None:
    async with running_gateway(valkey_url, drain=60) as gateway, opened(gateway.url), opened(gateway.url):
        gateway.signal(signal.SIGTERM)

        async def draining() -> bool:
            return (await answer_of(gateway.url, "/readyz")).status == 503

        await eventually(draining)
        gateway.signal(signal.SIGTERM)
        await gateway.ended(50)


@pytest.mark.parametrize("hung", [False, True])
async def test_a_gateway_without_streams_stops_soon_even_if_redis_hangs(
    private_valkey: "object", hung: bool
) -> None:
    from tests.support.servers import PrivateValkey

    assert isinstance(private_valkey, PrivateValkey)
    async with Feeder(private_valkey.url), running_gateway(private_valkey.url, drain=30) as gateway:
        if hung:
            private_valkey.pause()
        gateway.signal(signal.SIGTERM)
        assert await gateway.ended(25) == 0
        private_valkey.resume()


async def test_a_client_that_takes_nothing_is_cut_when_the_window_closes(
    feeder: Feeder, valkey_url: str
) -> None:
    async with local_gateway(valkey_url, drain=1) as gateway, stream(gateway.url) as client:
        await client.expect("hello")
        while not gateway.streams.slow.full:
            await feeder.tick(*["A"] * 2000)
            await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        await gateway.gateway.closing.drain()
        assert asyncio.get_running_loop().time() - began < 20
        assert not gateway.streams.registry


async def test_gateways_that_share_a_port_take_over_from_one_that_leaves(
    feeder: Feeder, valkey_url: str
) -> None:
    port = free_port()
    shared = {"port": port, "reuse_port": True, "redis_url": valkey_url, "drain": 2}
    async with (
        running("gateway", private_port=free_port(), gateway_id="one", **shared) as one,
        running("gateway", private_port=free_port(), gateway_id="two", **shared) as two,
    ):
        url = one.url = two.url = f"http://127.0.0.1:{port}"

        async def both_answer() -> bool:
            names = set()
            for _ in range(20):
                answer = await answer_of(url, "/readyz")
                names.add((json.loads(answer.body)["gateway"], answer.status))
            return names == {("one", 200), ("two", 200)}

        async def up() -> bool:
            try:
                return await both_answer()
            except (OSError, ValueError):
                return False

        await eventually(up)
        one.signal(signal.SIGTERM)

        async def only_two() -> bool:
            try:
                return json.loads((await answer_of(url, "/healthz")).body)["gateway"] == "two"
            except (OSError, ValueError):
                return False

        await one.ended()
        for _ in range(20):
            assert await only_two()


async def test_a_shared_port_is_closed_while_a_gateway_drains_and_its_private_port_says_so(
    feeder: Feeder, valkey_url: str
) -> None:
    port, private = free_port(), free_port()
    shared = {"port": port, "private_port": private, "reuse_port": True, "redis_url": valkey_url, "drain": 60}
    async with running("gateway", **shared) as gateway:
        gateway.url = f"http://127.0.0.1:{private}"
        await eventually(gateway.ready)
        async with opened(f"http://127.0.0.1:{port}"), opened(f"http://127.0.0.1:{port}"):
            gateway.signal(signal.SIGTERM)

            async def is_closed() -> bool:
                return not await accepts(port)

            await eventually(is_closed)
            answer = await answer_of(gateway.url, "/readyz")
            assert (answer.status, json.loads(answer.body)["reason"]) == (503, "draining")
            gateway.signal(signal.SIGTERM)
            await gateway.ended()


async def test_nobody_is_counted_after_the_drain(gateway: LocalGateway) -> None:
    async with opened(gateway.url) as client:
        await gateway.gateway.closing.drain()
        assert [event.type for event in await client.finish()] == [b"bye"]
        assert client.complete
        assert gateway.is_empty()
        assert gateway.gateway.closing.byes["drain"] == 1


async def test_an_old_stream_is_closed_and_says_so(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, max_age=1) as gateway, opened(gateway.url) as client:
        bye = await client.expect("bye")
        await client.finish()
        assert bye["reason"] == "max_age"
        assert gateway.gateway.closing.byes["max_age"] == 1
