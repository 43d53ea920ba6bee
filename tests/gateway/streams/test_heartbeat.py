"""What all streams get now and then, wherever they stand."""

import asyncio
from types import SimpleNamespace

import pytest

from tests.support.changing import open_stream
from tests.support.event_stream import asked, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.events import padding
from tickcast.gateway.streams import heartbeat


async def test_who_waits_for_the_turn_of_its_group_hears_heartbeats_meanwhile(
    valkey_url: str, feeder: Feeder
) -> None:
    await feeder.tick("A")
    async with (
        feeder.beating(),
        local_gateway(valkey_url, heartbeat=200) as gateway,
        open_stream(gateway.url, symbols="A", interval=10_000),
    ):
        # No turn comes within this test.
        gateway.hub._wheel.close()
        [group] = gateway.hub.groups.values()
        group.number -= 1
        async with open_stream(gateway.url, symbols="A", interval=10_000) as (waiting, _):
            assert [each.state for each in group.joiners] == [State.JOINING]
            await waiting.expect("heartbeat")
            await waiting.expect("heartbeat")
            assert len(group.joiners) == 1


async def test_a_stream_that_asks_for_it_gets_heartbeats_more_often(valkey_url: str, feeder: Feeder) -> None:
    async with (
        feeder.beating(),
        local_gateway(valkey_url) as gateway,
        stream(gateway.url, heartbeat=1500) as often,
        stream(gateway.url, heartbeat=9000) as usual,
        stream(gateway.url) as bare,
    ):
        hellos = [await each.begin() for each in (often, usual, bare)]
        assert [hello["heartbeat"] for hello in hellos] == [1000, 5000, 5000]
        # What would be the gateway's own heartbeat all the same needs no group of its own.
        assert len(gateway.hub.groups) == 2
        for _ in range(3):
            async with asyncio.timeout(1.9):
                await often.expect("heartbeat")
        await usual.silent(0.01)


async def test_the_padding_that_a_client_asks_for_stands_in_front_of_its_stream(
    valkey_url: str, feeder: Feeder
) -> None:
    async with local_gateway(valkey_url) as gateway, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.gateway.settings.port)
        writer.write(b"GET /v1/stream?padding=16384 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        comment = await reader.readuntil(b"\n")
        assert comment.startswith(b": ")
        assert len(comment) > 16384
        assert (await reader.readuntil(b"\n")).startswith(b"retry: ")
        writer.close()
        # A client passes over it, whatever the coding.
        for coding in (b"gzip", b"zstd"):
            async with asked(gateway.url, "/v1/stream?padding=2048", b"accept-encoding: " + coding) as answer:
                assert await answer.begin()


def test_padding_is_as_long_as_asked_for_when_it_is_compressed_too() -> None:
    for coding in Encoding:
        assert len(coding.encode(padding(2048))) > 2048


async def test_each_look_is_at_every_feed_and_once_at_the_age_of_all_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[str] = []
    closing = SimpleNamespace(close_old=lambda: looks.append("age"))
    feeds = [SimpleNamespace(look=lambda name=name: looks.append(name)) for name in ("live", "late")]
    monkeypatch.setattr(heartbeat, "PERIOD", 0)
    timer = asyncio.create_task(heartbeat.run_timer(closing, feeds))  # type: ignore[arg-type]
    await eventually(lambda: len(looks) >= 6)
    timer.cancel()
    assert looks[:6] == 2 * ["age", "live", "late"]
