"""Lost data: clients are told once, and nobody is served what Redis no longer has."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest

from tests.support.event_stream import answer_of, opened, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway, stale_after
from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of


def bar_of(symbol: str) -> Bar:
    """Return the first minute of a symbol."""
    return Bar(symbol, "1m", INTERVALS["1m"], "1", "1", "1", "1", "1", 1, 1)


def one_of_each(partitions: int) -> list[str]:
    """Return a symbol of each partition, by partition."""
    found: dict[int, str] = {}
    for number in range(20 * partitions):
        found.setdefault(partition_of(f"S{number}".encode(), partitions), f"S{number}")
    return [found[partition] for partition in range(partitions)]


async def test_who_comes_after_a_loss_is_sent_nothing_of_before(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        for _ in range(40):
            await feeder.tick("A", "B")
        await client.ticks(80)
        await feeder.redis.flushall()
        # Another publisher, which remembers nothing.
        feeder.counts.clear()
        await feeder.claim(renew=True)
        await feeder.tick("A")
        gap = await client.expect("gap")
        assert (gap["reason"], gap["epoch"]) == ("feed", gateway.gateway.live.ring.epoch)
        await eventually(
            lambda: gateway.gateway.live.last.since(-1, [b"A"]) and len(gateway.gateway.live.last) == 1
        )
        async with stream(gateway.url) as late:
            hello = await late.expect("hello")
            assert hello["epoch"] == gap["epoch"]
            assert [(tick["S"], tick["q"]) for tick in await late.expect("snapshot")] == [("A", 1)]
        answer = json.loads((await answer_of(gateway.url, "/v1/snapshot")).body)
        assert (answer["epoch"], [tick["S"] for tick in answer["ticks"]]) == (gap["epoch"], ["A"])
        # A symbol that comes back begins again, for those who name it and for those who match it.
        async with opened(gateway.url, symbols="B") as named, opened(gateway.url, symbols="B*") as matched:
            await feeder.tick("B")
            assert await named.ticks(1) == await matched.ticks(1) == [("B", 1)]


@pytest.mark.parametrize("partitions", [16])
async def test_a_loss_in_all_partitions_is_one_gap(valkey_url: str, patience: None, partitions: int) -> None:
    symbols = one_of_each(partitions)
    async with (
        Feeder(valkey_url, partitions) as feeder,
        local_gateway(valkey_url, partitions=partitions) as gateway,
        opened(gateway.url) as client,
        opened(gateway.url, interval=50) as calm,
    ):
        for symbol in symbols:
            await feeder.tick(symbol)
        await client.ticks(partitions)
        await calm.ticks(partitions)
        last = [json for each in range(partitions) for json in await feeder.redis.hvals(names.last(each))]
        await feeder.redis.flushall()
        await feeder.claim(renew=True, last=last)
        await feeder.heartbeat()
        for symbol in symbols:
            await feeder.tick(symbol)
        for each in (client, calm):
            seen = dict.fromkeys(symbols, 0)
            events = []
            while any(q < 2 for q in seen.values()):
                events.append(await each.next())
                data = json.loads(events[-1].data)
                for tick in data if isinstance(data, list) else [data]:
                    if "q" in tick:
                        seen[tick["S"]] = tick["q"]
            assert [event.type for event in events].count(b"gap") == 1


async def test_an_epoch_that_is_lost_as_it_begins_is_no_gap_before_the_next(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with opened(gateway.url) as client:
        await feeder.tick("A")
        await client.ticks(1)
        await feeder.redis.flushall()
        await feeder.forge(b'2 %b 9-0 8-0 5 1 0 0\nA\t{"S":"A","q":1,"t":1,"p":1}\n' % (b"e" * 16))
        await eventually(lambda: gateway.gateway.live.feed.poisoned == 1)
        feeder.counts.clear()
        await feeder.claim(renew=True)
        await feeder.tick("A")
        gap = await client.expect("gap")
        assert gap["epoch"] == gateway.gateway.live.ring.epoch
        await client.expect("snapshot")
        await feeder.tick("A")
        assert await client.ticks(1) == [("A", 2)]


async def test_bars_of_ticks_that_redis_has_lost_are_sent_to_nobody(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    await feeder.publish(feeder.make("A"), bars=[bar_of("A")])
    await feeder.publish(feeder.make("B"), bars=[bar_of("B")])
    await feeder.redis.hdel(names.last(0), "A")
    await feeder.redis.xtrim(names.log(0), maxlen=1, approximate=False)
    async with AsyncExitStack() as sockets, local_gateway(valkey_url, ready=False) as late:
        await eventually(lambda: late.gateway.live.state.is_loaded)
        client = await sockets.enter_async_context(stream(late.url, bars="1m"))
        events = await client.until(lambda event: event.type == b"bar")
        assert [json.loads(event.data)["S"] for event in events if event.type == b"bar"] == ["B"]


async def test_newest_prices_that_redis_lacks_are_not_called_live_until_they_are_back(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick("A", "B", "C")
    await feeder.tick("A")
    # B is quiet: the log does not have it any more.
    await feeder.redis.xtrim(names.log(0), maxlen=1, approximate=False)
    lost = await feeder.redis.hget(names.last(0), "B")
    await feeder.redis.hdel(names.last(0), "B")
    async with AsyncExitStack() as sockets, local_gateway(valkey_url, ready=False) as gateway:
        # It is not ready, and serves those who come without a balancer.
        await eventually(lambda: gateway.gateway.live.state.is_loaded)
        assert (await answer_of(gateway.url, "/readyz")).status == 503
        client = await sockets.enter_async_context(stream(gateway.url))
        hello = await client.expect("hello")
        assert hello["feed"] == "stale"
        assert (await client.expect("status"))["reason"] == "Redis lacks newest prices"
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["A", "C"]
        await feeder.redis.hset(names.last(0), "B", lost)
        assert (await client.expect("gap"))["reason"] == "feed"
        assert [tick["S"] for tick in await client.expect("snapshot")] == ["B"]
        assert (await client.expect("status"))["feed"] == "live"


async def test_batches_that_the_log_does_not_prove_leave_the_partition_behind_until_one_follows(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feeder.tick("A")
    await eventually(lambda: len(gateway.gateway.live.last) == 1)
    position, epoch = feeder.positions[0], feeder.epochs[0].encode()
    forged = b'2 %b %d-0 %d-7 %d 1 0 0\nA\t{"S":"A","q":9,"t":1,"p":1}\n'
    sent = position.ms * 1000 + 999
    await feeder.forge(forged % (epoch, position.ms + 60_000, position.ms + 59_000, sent))
    await eventually(lambda: gateway.gateway.live.feed.poisoned == 1)
    (part,) = gateway.gateway.live.state._parts
    assert part.behind
    await feeder.heartbeat()
    await eventually(lambda: not part.behind)


@pytest.mark.parametrize("partitions", [1, 4])
async def test_a_gateway_that_starts_serves_every_cursor_of_the_log(
    valkey_url: str, patience: None, partitions: int
) -> None:
    symbols = one_of_each(partitions)
    async with Feeder(valkey_url, partitions) as feeder:
        async with local_gateway(valkey_url, partitions=partitions) as first, opened(first.url) as client:
            for number in range(10 * partitions):
                await feeder.tick(symbols[number % partitions])
            every = await client.ticks(10 * partitions)
        cursors = [event.id.decode() for event in client.seen if event.type == b"tick"]
        async with local_gateway(valkey_url, partitions=partitions) as second:
            for at, cursor in enumerate(cursors[:-1], 1):
                async with stream(second.url, cursor) as again:
                    hello = await again.expect("hello")
                    assert (hello["resumed"], hello["replayed"]) == ("replayed", len(every) - at)
                    assert sorted(await again.ticks(len(every) - at)) == sorted(every[at:])


async def test_a_gateway_that_starts_when_the_publisher_is_gone_is_stale_and_tells_the_true_age(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeder.tick("A")
    await asyncio.sleep(1.2)  # the age itself is what is tested
    stale_after(monkeypatch, 1.0)
    async with local_gateway(valkey_url) as gateway, stream(gateway.url) as client:
        assert (await client.expect("hello"))["feed"] == "stale"
        status = await client.expect("status")
        assert (status["feed"], status["reason"]) == ("stale", "no heartbeat from the publisher")
        assert status["age"] >= 1200
        assert (await answer_of(gateway.url, "/readyz")).status == 200
