"""What a delayer makes of silence, losses, floods and what comes later."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.delay.late import (
    DAY,
    DELAY,
    LATER,
    Delaying,
    arrived,
    batches,
    began,
    has_copied,
    has_price,
    written,
)
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tickcast.runtime.settings import MIB
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import MAIN, FeedNames
from tickcast.wire.notice import Retired, SymbolState
from tickcast.wire.tick import Tick, decode_tick, encode_tick


@pytest.fixture
def redis_url(valkey_url: str) -> str:
    """One kind of Redis is enough here."""
    return valkey_url


async def test_while_the_feed_is_silent_the_delayed_one_is_silent_as_much_later(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async def beats(since: list[int]) -> bool:
        sent = int(await client.hget(LATER.meta(0), "sent") or 0)
        if sent and (not since or sent > since[-1]):
            since.append(sent)
        return len(since) >= 3

    async with Feeder(redis_url) as feeder:
        delaying(redis_url)
        await began(client)
        found: list[int] = []
        async with feeder.beating():
            begun = time.time_ns() // 1000
            await eventually(lambda: beats(found))
        assert found[0] >= begun + DELAY * 1000 - 1_000_000
        ended = time.time_ns() // 1000
        # The last sign of life is due 1.5 s later, and lets heartbeats be sent for two seconds.
        await asyncio.sleep(5)
        last = int(await client.hget(LATER.meta(0), "sent"))
        assert last < ended + DELAY * 1000 + 2_500_000


async def test_a_new_epoch_of_the_feed_is_a_gap(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        own = delaying(redis_url)
        await feeder.tick("A")
        [first] = await arrived(client, 1)
        await client.delete(MAIN.meta(0), MAIN.log(0), MAIN.last(0))
        feeder.counts.clear()
        await feeder.claim()
        await feeder.tick("A")
        await eventually(lambda: own.stats.delay_gaps == 1)

        async def renewed() -> int | None:
            found = await written(client, LATER)
            return found[-1].q if found and found[-1].at > first.at else None

        assert await eventually(renewed) == 2


async def test_what_does_not_fit_is_left_out_and_told(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        own = delaying(redis_url, delay_bytes=MIB)
        await began(client)
        # Digits without order, which zlib cannot make much smaller.
        dice = random.Random(1)
        for _ in range(30):
            lines = []
            for _ in range(1000):
                feeder.counts["A"] = q = feeder.counts.get("A", 0) + 1
                numbers = (str(dice.randrange(10**14, 10**15)) for _ in range(4))
                lines.append((b"A", encode_tick(Tick("A", time.time_ns() // 1000, *numbers), q)))
            await feeder.publish(lines)
        await eventually(lambda: own.stats.delay_gaps == 1)
        held = await client.hget(LATER.held(0), "all")
        assert int(held) <= MIB
        newest = (await written(client, MAIN))[-1].tick.price

        async def is_newest() -> bool:
            found = await client.hget(LATER.last(0), "A")
            return found is not None and decode_tick(found)[0].price == newest

        await eventually(is_newest)
        assert len({batch.epoch for batch in await batches(client, LATER)}) == 1


async def test_what_is_handed_in_to_a_delayed_feed_is_never_read(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        delaying(redis_url)
        await began(client)
        # Where a producer has rights.
        inbox = FeedNames("main-d1500ms").inbox(0)
        await client.xadd(inbox, {"at": "0", "d": b'{"S":"FORGED","p":1}', "by": "delayer"})
        await feeder.tick("B")
        assert [each.tick.symbol for each in await arrived(client, 1)] == ["B"]
        assert await client.xlen(inbox) == 1


async def test_entries_of_another_program_in_the_log_make_no_gap(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        own = delaying(redis_url)
        await began(client)
        await feeder.tick("A")
        await client.xadd(MAIN.log(0), {"b": b"rubbish"})
        await feeder.redis.xadd(MAIN.log(0), {"x": b"y"})
        await feeder.tick("A")
        assert [each.q for each in await arrived(client, 2)] == [1, 2]
        assert own.stats.delay_gaps == 0


async def test_many_small_batches_are_copied_as_fast_as_they_come(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        own = delaying(redis_url)
        await began(client)
        begun = time.monotonic()
        for _ in range(1500):
            await feeder.tick("A")
        newest = str(feeder.positions[0])
        passed = time.monotonic() - begun

        async def copied() -> bool:
            return newest in (await client.get(LATER.copied(0))).decode()

        # One page after the other: not a page each tenth of a second, which would take 9 s more.
        await eventually(copied)
        assert time.monotonic() - begun < passed + 5
        assert own.stats.delay_gaps == 0
        assert [each.q for each in await arrived(client, 1500)] == list(range(1, 1501))


async def test_an_instrument_that_comes_or_changes_later_comes_later(
    client: Any, redis_url: str, delaying: Callable[..., Delaying], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.delay.described.EVERY", 0.2)

    async def named(symbol: str, name: bytes) -> bool:
        return name in (await client.hget(LATER.symbols(0), symbol) or b"")

    async with Feeder(redis_url) as feeder:
        await feeder.claim([Instrument("A", "Old", "0.01", "5", "USD")])
        await feeder.tick("A")
        own = delaying(redis_url)
        await eventually(lambda: named("A", b"Old"))
        await feeder.claim([Instrument("A", "Renamed", "0.01", "6", "USD")])
        await feeder.claim([Instrument("NEW", "New Corp", "0.05", "42", "EUR")])
        await feeder.tick("NEW")
        await eventually(lambda: named("A", b'"Renamed","tick":0.01,"ref":6'))
        await eventually(lambda: named("NEW", b'"New Corp","tick":0.0'))
        assert b'"ref":42,"ccy":"EUR"' in await client.hget(LATER.symbols(0), "NEW")
        assert own.stats.delay_gaps == 0


async def test_a_halt_is_known_behind_a_gap_and_what_has_no_tick_leaves_too(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async def state() -> bytes:
        return await client.hget(LATER.symbols(0), "A") or b""

    async def halted() -> bool:
        return b'"state":"halted"' in await state()

    async def is_gone() -> bool:
        return not await client.hexists(LATER.symbols(0), "QUIET")

    async with Feeder(redis_url) as feeder:
        await feeder.claim(
            [Instrument("QUIET", "Quiet", "1", "1", "USD"), Instrument("A", "A", "1", "1", "")]
        )
        await feeder.tick("A")
        await feeder.say(SymbolState("A", "halted", time.time_ns() // 1000))
        first = delaying(redis_url)
        await eventually(halted)
        await first.end()
        await client.hdel(MAIN.symbols(0), "QUIET")
        await feeder.tick("A")
        await feeder.tick("A")
        await client.xtrim(MAIN.log(0), maxlen=1, approximate=False)
        delaying(redis_url)
        await eventually(is_gone)
        assert await halted()


async def test_what_waits_and_is_deleted_is_a_gap(
    client: Any, redis_url: str, delaying: Callable[..., Delaying]
) -> None:
    async with Feeder(redis_url) as feeder:
        own = delaying(redis_url)
        await began(client)
        await feeder.tick("A")
        await arrived(client, 1)
        await feeder.tick("A")
        newest = str(feeder.positions[0])
        await eventually(lambda: has_copied(client, newest))
        await client.delete(LATER.inbox(0))
        await feeder.tick("A")
        await eventually(lambda: own.stats.delay_gaps == 1)
        price = (await written(client, MAIN))[-1].tick.price
        await eventually(lambda: has_price(client, price))


async def test_newest_values_that_never_fit_are_told_without_haste(
    client: Any, redis_url: str, delaying: Callable[..., Delaying], capsys: pytest.CaptureFixture[str]
) -> None:
    async with Feeder(redis_url) as feeder:
        dice = random.Random(1)
        for begin in range(0, 30_000, 1000):
            lines = []
            for number in range(begin, begin + 1000):
                digits = (str(dice.randrange(10**14, 10**15)) for _ in range(7))
                lines.append((b"S%d" % number, encode_tick(Tick(f"S{number}", DAY, *digits), 1)))
            await feeder.publish(lines)
        own = delaying(redis_url, delay_bytes=MIB)
        await eventually(lambda: "do not fit: nothing is delayed" in capsys.readouterr().out)
        before = (await client.info("commandstats"))["cmdstat_hvals"]["calls"]
        await asyncio.sleep(2)
        assert (await client.info("commandstats"))["cmdstat_hvals"]["calls"] == before
        assert not own.task.done()


async def test_whoever_takes_over_behind_a_gap_begins_at_it_again(
    client: Any, redis_url: str, delaying: Callable[..., Delaying], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_gone() -> bool:
        return not await client.hexists(LATER.last(0), "LEAVES")

    async with Feeder(redis_url) as feeder:
        await feeder.tick("A", "LEAVES")
        first = delaying(redis_url)
        await arrived(client, 2)
        await first.end()
        await feeder.say(Retired("LEAVES", "producer"))
        await feeder.tick("A")
        await client.xtrim(MAIN.log(0), maxlen=1, approximate=False)
        with monkeypatch.context() as patch:
            reached = asyncio.Event()

            async def hangs(self: object) -> None:
                reached.set()
                await asyncio.Event().wait()

            patch.setattr("tickcast.publisher.delay.held_reader.HeldReader._retire_missing", hangs)
            second = delaying(redis_url)
            await reached.wait()
            await second.kill()
        assert not await is_gone()
        delaying(redis_url)
        await eventually(is_gone)
