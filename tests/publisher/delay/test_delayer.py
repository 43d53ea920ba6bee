"""A delayer on each kind of Redis: every tick once, in order, never too early; gaps are told."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from tests.publisher.delay.late import (
    DELAY,
    LATER,
    Delaying,
    arrived,
    batches,
    began,
    written,
)
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tickcast.wire.batch import Batch
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import MAIN
from tickcast.wire.notice import Retired, SymbolState
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, decode_tick, encode_tick


async def test_every_tick_comes_once_in_order_and_never_too_early(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        await feeder.tick("OLD")
        delaying(redis_url)
        await began(client)
        for _ in range(20):
            await feeder.tick("A", "B", "A")
            await asyncio.sleep(0.02)
        late = await arrived(client, 61)
        early = await written(client, MAIN)
    assert [each.tick for each in late] == [each.tick for each in early]
    assert [each.q for each in late if each.tick.symbol == "A"] == list(range(1, 41))
    # The value of before the delayer began waits as long as if it had come then.
    assert all(after.at >= before.at + DELAY * 1000 for before, after in zip(early, late, strict=True))
    assert not await client.xlen(LATER.inbox(0))


async def test_a_delayer_that_dies_is_followed_by_another_and_nothing_is_lost_or_repeated(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        first = delaying(redis_url)
        await began(client)
        for number in range(60):
            if number == 30:
                await first.kill()
                delaying(redis_url)
            await feeder.tick("A", "B")
            await asyncio.sleep(0.05)
        late = await arrived(client, 120)
        assert [each.tick for each in late] == [each.tick for each in await written(client, MAIN)]
        assert [each.q for each in late if each.tick.symbol == "A"] == list(range(1, 61))
        assert len({batch.epoch for batch in await batches(client, LATER)}) == 1


async def test_what_the_log_has_lost_is_a_gap_with_the_newest_values_behind_it(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        await feeder.tick("A", "LEAVES")
        first = delaying(redis_url)
        await arrived(client, 2)
        await first.end()
        epoch = (await batches(client, LATER))[-1].epoch
        await feeder.tick("A", "A", "B")
        await feeder.say(Retired("LEAVES", "producer"))
        await client.xtrim(MAIN.log(0), maxlen=1, approximate=False)
        second = delaying(redis_url)

        async def renewed() -> list[Batch] | None:
            found = await batches(client, LATER)
            return found if found and found[-1].epoch != epoch and found[-1].notices else None

        found = await eventually(renewed)
        assert second.stats.delay_gaps == 1
    ticks = [decode_tick(json)[0] for batch in found for _, json in batch.ticks]
    assert {tick.symbol: tick.price for tick in ticks} == {"A": "100.03", "B": "100.01"}
    assert [line.notice for batch in found for line in batch.notices] == [Retired("LEAVES", "source")]
    assert {each.decode() for each in await client.hkeys(LATER.last(0))} == {"A", "B"}


async def test_states_names_and_prices_pass_unchanged(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        await feeder.claim([Instrument("A", "Apple", "0.5", "99", "USD", "09:30-16:00", "America/New_York")])
        delaying(redis_url)
        await began(client)
        tick = Tick("A", time.time_ns() // 1000, "100.25", "3", "100.125", "1", "100.375", "2", "5000")
        await feeder.publish([(b"A", encode_tick(tick, 1, ',"src":"rec"}'))])
        await feeder.say(SymbolState("A", "halted", tick.time))
        # A tick size of the other feed may become finer: nothing is rounded to it.
        assert [each.tick for each in await arrived(client, 1)] == [tick]
        [(_, json)] = [line for batch in await batches(client, LATER) for line in batch.ticks]
        assert json.endswith(b',"src":"rec"}')

        async def halted() -> bytes | None:
            found: bytes | None = await client.hget(LATER.symbols(0), "A")
            return found if found and b'"state":"halted"' in found else None

        found = await eventually(halted)
        assert b'"name":"Apple","tick":0.001,"ref":99,"ccy":"USD","session":"09:30-16:00"' in found


async def test_partitions_are_delayed_side_by_side(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    symbols = {partition_of(each.encode(), 3): each for each in "ABCDEFGH"}
    async with Feeder(redis_url, 3) as feeder:
        delaying(redis_url, 3)
        for partition in symbols:
            await began(client, partition)
        for symbol in symbols.values():
            await feeder.tick(symbol)
        for partition, symbol in symbols.items():
            assert [each.tick.symbol for each in await arrived(client, 1, partition)] == [symbol]
