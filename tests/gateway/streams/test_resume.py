"""Coming back: exactly what was missed, on any gateway, wherever the connection was cut."""

import asyncio
import json

import pytest

from tests.support.event_stream import asked, opened, stream, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.held_line import held_line
from tests.support.local_gateway import LocalGateway, local_gateway, stale_after
from tickcast.wire.symbol import partition_of

BATCHES = ("A", "AB", "ABCA", "C", "BBB", "ABCABC")


async def test_a_cut_at_any_event_is_mended_exactly_here_and_on_another_gateway(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    async with (
        local_gateway(valkey_url, gateway_id="other") as other,
        opened(gateway.url, symbols="A,B") as client,
    ):
        snapshot = client.cursor
        for batch in BATCHES:
            await feeder.tick(*batch)
        count = sum(symbol in "AB" for batch in BATCHES for symbol in batch)
        await client.ticks(count)
        every = ticks_of(client.seen)
        cursors = [snapshot, *(event.id.decode() for event in client.seen if event.type == b"tick")]
        assert len(set(cursors)) == count + 1
        await eventually(lambda: other.gateway.live.ring.number == gateway.gateway.live.ring.number)
        for at, cursor in enumerate(cursors):
            for url in (gateway.url, other.url):
                async with stream(url, cursor, symbols="A,B") as again:
                    hello = await again.expect("hello")
                    verdict = "replayed" if at < count else "live"
                    assert (hello["resumed"], hello["replayed"]) == (verdict, count - at)
                    assert await again.ticks(count - at) == every[at:]
        # And what comes afterwards follows without a seam.
        async with stream(other.url, cursors[3], symbols="A,B") as again:
            await again.expect("hello")
            await feeder.tick("B", "A")
            assert await again.ticks(count - 3 + 2) == [*every[3:], *await client.ticks(2)]


async def test_the_cursor_may_come_as_a_parameter(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A", "A", "A")
        await client.ticks(1)
        cursor = client.seen[-1].id.decode()
    async with stream(gateway.url, lastEventId=cursor) as again:
        assert (await again.expect("hello"))["replayed"] == 2
        assert await again.ticks(2) == [("A", 2), ("A", 3)]


@pytest.mark.parametrize("partitions", [4])
async def test_a_cursor_spans_all_partitions(feeder: Feeder, valkey_url: str, partitions: int) -> None:
    symbols = {partition_of(symbol.encode(), partitions): symbol for symbol in "ABCDEFGHIJKLMNOP"}
    assert len(symbols) == partitions
    async with (
        Feeder(valkey_url, partitions) as writer,
        local_gateway(valkey_url, partitions=partitions) as here,
        local_gateway(valkey_url, partitions=partitions) as there,
        opened(here.url) as client,
    ):
        for number in range(12):
            symbol = symbols[number * 7 % partitions]
            await writer.tick(symbol, symbol)
        every = await client.ticks(24)
        await eventually(lambda: there.gateway.live.ring.number == here.gateway.live.ring.number)
        for at, event in enumerate([event for event in client.seen if event.type == b"tick"], 1):
            assert len(event.id) <= 256
            async with stream(there.url, event.id.decode()) as again:
                assert (await again.expect("hello"))["replayed"] == 24 - at
                # Between partitions there is no order to keep, within each there is.
                rest = await again.ticks(24 - at)
                assert sorted(rest) == sorted(every[at:])
                for wanted in symbols.values():
                    assert [tick for tick in rest if tick[0] == wanted] == [
                        tick for tick in every[at:] if tick[0] == wanted
                    ]


async def test_a_gateway_that_read_a_long_log_beside_a_short_one_leads_nobody_back(valkey_url: str) -> None:
    long, short = (
        next(each for each in "ABCDEF" if partition_of(each.encode(), 2) == part) for part in (0, 1)
    )
    async with Feeder(valkey_url, 2) as writer, local_gateway(valkey_url, partitions=2) as here:
        for _ in range(100):
            await writer.tick(long)
        await eventually(lambda: here.gateway.live.ring.number >= 100)
        async with opened(here.url) as client:
            await writer.tick(short)
            await client.ticks(1)
            cursor = client.cursor
        await writer.tick(short)
        await writer.tick(long)
        async with local_gateway(valkey_url, partitions=2, gateway_id="there") as there:
            async with stream(there.url, cursor) as again:
                assert (await again.expect("hello"))["replayed"] == 2
                # Between partitions there is no order to keep.
                lacked = {(short, 2), (long, 101)}
                lacked -= set(await again.ticks(1))
                cursor = again.seen[-1].id.decode()
            assert len(lacked) == 1
            for url in (here.url, there.url):
                async with stream(url, cursor) as again:
                    assert (await again.expect("hello"))["replayed"] == 1
                    assert await again.ticks(1) == [*lacked]


@pytest.mark.parametrize("place", [1, 2, 3])
async def test_a_cursor_ahead_of_its_gateway_gets_what_lies_after_it_when_it_comes(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str, place: int
) -> None:
    async with (
        held_line(valkey_url) as line,
        local_gateway(line.url) as behind,
        opened(gateway.url) as client,
    ):
        await feeder.tick("A")
        await client.ticks(1)
        await eventually(lambda: behind.gateway.live.ring.number == gateway.gateway.live.ring.number)
        line.hold()
        await feeder.tick("A", "B", "A")
        await client.ticks(3)
        cursor = client.seen[-4 + place].id.decode()
        async with stream(behind.url, cursor) as again:
            assert (await again.expect("hello"))["resumed"] == "live"
            await eventually(lambda: "waiting" in {each.state.value for each in behind.streams.registry})
            await feeder.tick("B")
            line.release()
            rest = [("A", 2), ("B", 1), ("A", 3), ("B", 2)][place:]
            assert await again.ticks(len(rest)) == rest
            await feeder.tick("A")
            assert await again.ticks(1) == [("A", 4)]


async def test_a_client_ahead_of_its_gateway_hears_of_it_and_of_a_stale_feed(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        held_line(valkey_url) as line,
        local_gateway(line.url, heartbeat=600) as behind,
        opened(gateway.url) as client,
    ):
        line.hold()
        await feeder.tick("A")
        await client.ticks(1)
        async with stream(behind.url, client.cursor) as again:
            await again.expect("hello")
            assert (await again.expect("heartbeat"))["feed"] == "live"
            stale_after(monkeypatch, 1.0)
            await again.until(lambda event: event.type == b"status" and b"stale" in event.data)
            line.release()
            await feeder.tick("A")
            while (await again.next()).type != b"tick":
                pass


async def test_a_cursor_that_the_feed_never_reaches_is_given_up_with_a_gap(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.streams.waiting.PATIENCE", 0.3)
    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    ring = gateway.gateway.live.ring
    from tickcast.wire.cursor import encode_prefix
    from tickcast.wire.position import Position

    far = encode_prefix(ring._epoch, (Position(ring._positions[0].ms + 60_000, 0),))
    async with stream(gateway.url, far) as client:
        await client.expect("hello")
        gap = await client.expect("gap")
        # The client was beyond: nothing lies between the two, but what it has may never have been.
        assert (gap["reason"], gap["from"], gap["to"]) == ("feed", ring.cursor, ring.cursor)
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["A"]
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "x" * 4096, "AA", "!" * 20, "\xe9\xff\xa0", "A" * 40 + ".99999", "x" * 8000, "a b", "%00"],
)
async def test_what_is_no_cursor_is_answered_by_a_reset_and_a_snapshot(
    gateway: LocalGateway, feeder: Feeder, cursor: str
) -> None:
    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    async with stream(gateway.url, cursor, snapshot="false") as client:
        assert client.status == 200
        assert (await client.expect("hello"))["resumed"] == "reset"
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["A"]
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


async def test_a_cursor_too_old_for_the_ring_is_answered_by_a_reset(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, ring_bytes=1 << 20) as gateway:
        async with opened(gateway.url, symbols="RARE") as client:
            await feeder.tick("RARE")
            await client.ticks(1)
        symbols = [f"S{number}" for number in range(2000)]
        for _ in range(3):
            await feeder.tick(*symbols)
        await eventually(lambda: gateway.gateway.live.ring.floor > 2000)
        async with stream(gateway.url, client.cursor, symbols="RARE") as again:
            assert (await again.expect("hello"))["resumed"] == "reset"
            assert [tick["q"] for tick in await again.expect("snapshot")] == [1]


async def test_a_conflated_stream_gets_the_newest_of_what_changed(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feeder.tick("A", "B", "C")
    await eventually(lambda: len(gateway.gateway.live.last) == 3)
    async with opened(gateway.url, interval=50) as client:
        await feeder.tick("A")
        await client.ticks(1)
    for _ in range(5):
        await feeder.tick("B", "A")
    await eventually(lambda: gateway.gateway.live.ingest.ticks == 14)
    async with stream(gateway.url, client.cursor, interval=50) as again:
        hello = await again.expect("hello")
        assert (hello["resumed"], hello["replayed"]) == ("replayed", 2)
        assert sorted(await again.ticks(2)) == [("A", 7), ("B", 6)]
        await feeder.tick("C")
        assert await again.ticks(1) == [("C", 2)]


async def test_a_new_gateway_serves_what_was_logged_before_it_started(
    feeder: Feeder, valkey_url: str
) -> None:
    async with local_gateway(valkey_url) as first, opened(first.url) as client:
        for _ in range(150):
            await feeder.tick("A", "B")
        await client.ticks(300)
    cursor = client.seen[1 + 40].id.decode()
    async with local_gateway(valkey_url) as second, stream(second.url, cursor) as again:
        hello = await again.expect("hello")
        assert hello["resumed"] == "replayed"
        assert await again.ticks(hello["replayed"]) == ticks_of(client.seen)[40:]


async def test_a_large_replay_to_a_slow_reader_is_whole(gateway: LocalGateway, feeder: Feeder) -> None:
    async with opened(gateway.url) as client:
        start = client.cursor
        for _ in range(20):
            await feeder.tick(*["A"] * 1000)
        await eventually(lambda: gateway.gateway.live.ingest.ticks == 20_000)
    async with asked(gateway.url, "/v1/stream", b"last-event-id: " + start.encode()) as again:
        await again.expect("hello")
        for _ in range(3):
            await feeder.tick(*["A"] * 1000)
            await asyncio.sleep(0)
        found = await again.ticks(23_000)
        assert found == [("A", q) for q in range(1, 23_001)]


async def test_a_snapshot_s_cursor_resumes_a_stream(gateway: LocalGateway, feeder: Feeder) -> None:
    import httpx2

    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        cursor = json.loads((await http.get(f"{gateway.url}/v1/snapshot")).content)["cursor"]
    await feeder.tick("A")
    await eventually(lambda: gateway.gateway.live.ingest.ticks == 2)
    async with stream(gateway.url, cursor) as client:
        await client.expect("hello")
        assert await client.ticks(1) == [("A", 2)]
