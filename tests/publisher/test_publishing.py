"""A publisher in this process against a Redis of each kind: what it writes, keeps and takes up again."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.written_log import assert_continuous, published, sequences
from tests.support.eventually import eventually
from tickcast.publisher.lease import Lease
from tickcast.publisher.source import SourceError
from tickcast.wire.batch import decode_batch
from tickcast.wire.instrument import Instrument, decode_instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, decode_tick

Start = Callable[..., Publishing]


async def test_ticks_arrive_in_order_and_each_batch_proves_the_one_before(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)
    for n in range(1, 31):
        publisher.feed("AAPL" if n % 3 else "MSFT", *["1.5"] * n)
        if n % 10 == 0:
            await published(publisher, n * (n + 1) // 2)
    batches = await read_log(client)
    assert len(batches) >= 3
    assert_continuous(batches)
    found = sequences(batches)
    assert found[b"AAPL"] == list(range(1, len(found[b"AAPL"]) + 1))
    assert found[b"MSFT"] == list(range(1, len(found[b"MSFT"]) + 1))
    assert len(found[b"AAPL"]) + len(found[b"MSFT"]) == 465


async def test_last_values_and_symbols_are_kept_by_partition(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url, partitions=3)
    symbols = [f"S{n}" for n in range(20)]
    for symbol in symbols:
        publisher.feed(symbol, "1.25", "1.50")
    await published(publisher, 40)
    for symbol in symbols:
        place = partition_of(symbol.encode(), 3)
        tick, q = decode_tick(await client.hget(names.last(place), symbol))
        assert (tick.price, q) == ("1.50", 2)
        described = decode_instrument(await client.hget(names.symbols(place), symbol))
        assert described == Instrument(symbol, symbol, "0.01", "1.25", "")


async def test_a_restart_goes_on_with_every_q_and_tells_the_source_the_last_ticks(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url)
    first.feed("AAPL", "1", "2", "3")
    await published(first, 3)
    await first.end()
    second = publishing(redis_url)
    second.feed("AAPL", "4")
    await published(second, 1)
    assert second.source.options is not None
    assert second.source.options.last["AAPL"].price == "3"
    batches = await read_log(client)
    assert_continuous(batches)
    assert sequences(batches) == {b"AAPL": [1, 2, 3, 4]}
    assert len({batch.epoch for batch in batches}) == 1
    # The reference is the price it was first seen at, not the one after the restart.
    assert decode_instrument(await client.hget(names.symbols(0), "AAPL")).reference == "1"


async def test_a_restart_without_the_newest_values_is_another_epoch(
    client: Any, redis_url: str, publishing: Start
) -> None:
    first = publishing(redis_url, bars=False)
    first.feed("AAPL", "1", "2", "3")
    await published(first, 3)
    [before] = await read_log(client)
    await first.end()
    await client.delete(names.last(0))
    second = publishing(redis_url, bars=False)
    second.feed("AAPL", "4")
    await published(second, 1)
    [after] = await read_log(client)
    assert sequences([after]) == {b"AAPL": [1]}
    assert after.epoch != before.epoch
    assert after.id > before.id


async def test_a_tick_size_told_too_coarse_is_told_again_over_restarts_too(
    client: Any, redis_url: str, publishing: Start
) -> None:
    for prices, size in ((("190", "189.95"), "0.01"), (("190.125",), "0.001")):
        publisher = publishing(redis_url)
        publisher.feed("AAPL", *prices)
        await published(publisher, len(prices))
        told = decode_instrument(await client.hget(names.symbols(0), "AAPL"))
        assert told == Instrument("AAPL", "AAPL", size, "190", "")
        await publisher.end()


async def test_an_instrument_in_redis_that_is_none_is_told_anew(
    client: Any, redis_url: str, publishing: Start
) -> None:
    await client.hset(names.symbols(0), "AAPL", "nonsense")
    publisher = publishing(redis_url)
    publisher.feed("AAPL", "190.5")
    await published(publisher, 1)
    told = decode_instrument(await client.hget(names.symbols(0), "AAPL"))
    assert told == Instrument("AAPL", "AAPL", "0.1", "190.5", "")


async def test_a_standby_leads_as_soon_as_the_leader_is_stopped(
    client: Any, redis_url: str, publishing: Start
) -> None:
    leader = publishing(redis_url, lease=60)
    await eventually(lambda: leader.stats.leader)
    standby = publishing(redis_url, lease=60)
    leader.feed("AAPL", "1", "2")
    await leader.end()
    await eventually(lambda: standby.stats.leader)
    standby.feed("AAPL", "3")
    await published(standby, 1)
    assert sequences(await read_log(client)) == {b"AAPL": [1, 2, 3]}


async def test_what_the_source_gave_before_its_end_is_written(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)
    publisher.feed("AAPL", *["1"] * 5000)
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert publisher.stats.ticks == 5000
    assert await client.get(names.lease(0)) is None


async def test_a_source_that_fails_is_reported_after_what_it_gave_is_written(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)
    publisher.feed("AAPL", "1", "2")
    publisher.source.queue.put_nowait(SourceError("the file ended too early"))
    with pytest.raises(SourceError, match="too early"):
        await publisher.task
    assert sequences(await read_log(client)) == {b"AAPL": [1, 2]}


async def test_a_bad_tick_is_skipped_and_takes_no_q(client: Any, redis_url: str, publishing: Start) -> None:
    publisher = publishing(redis_url)
    publisher.source.queue.put_nowait(
        [
            Tick("A", 1_795_384_800_000_000, "1"),
            Tick("A", 1_795_384_800_000_000, "x"),
            None,
            Tick("A", 1_795_384_800_000_000, "2"),
        ]
    )
    publisher.source.queue.put_nowait("no list")
    publisher.feed("A", "3")
    await published(publisher, 3)
    assert publisher.stats.bad_ticks == 3
    assert sequences(await read_log(client)) == {b"A": [1, 2, 3]}


async def test_an_idle_publisher_sends_heartbeats_with_the_newest_id(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url, bars=False)
    publisher.feed("A", "1")
    await published(publisher, 1)
    [batch] = await read_log(client)
    async with client.pubsub(ignore_subscribe_messages=True) as live:
        await live.subscribe(names.live(0))
        beats = []
        while len(beats) < 2:
            message = await live.get_message(timeout=60)
            beats += [decode_batch(message["data"])] if message else []
    assert all(beat.is_heartbeat and beat.id == batch.id for beat in beats)


async def test_an_emptied_redis_gets_a_new_epoch_and_everything_back(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url, bars=False)
    publisher.feed("A", "1.5", "2.5")
    publisher.feed("B", "7")
    await published(publisher, 3)
    [before, *_] = await read_log(client)
    await client.flushall()
    await eventually(lambda: publisher.stats.lost_epochs == 1)
    assert await client.hlen(names.symbols(0)) == 2
    tick, q = decode_tick(await client.hget(names.last(0), "A"))
    assert (tick.price, q) == ("2.5", 2)
    publisher.feed("A", "3.5")
    await published(publisher, 4)
    [after] = await read_log(client)
    assert after.epoch != before.epoch
    assert after.id > before.id
    assert sequences([after]) == {b"A": [3]}
    assert publisher.stats.leader


async def test_a_loss_found_in_one_partition_is_looked_for_in_all(
    client: Any, redis_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.pipeline.HEARTBEAT", 3600.0)
    publisher = publishing(redis_url, partitions=16, bars=False)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await eventually(lambda: publisher.stats.heartbeats == 16)
    await client.flushall()
    publisher.feed("A", "2")
    await eventually(lambda: publisher.stats.lost_epochs == 16)

    async def times() -> list[int]:
        found = [int((await client.hget(names.meta(n), "sent")) or 0) for n in range(16)]
        return found if all(found) else []

    # A heartbeat follows each claim.
    begun = await eventually(times)
    assert max(begun) - min(begun) < 500_000
    assert publisher.stats.ticks == 2


async def test_the_leader_of_an_emptied_redis_is_not_overtaken_by_a_standby(
    client: Any, redis_url: str, publishing: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = publishing(redis_url)
    leader.feed("A", "1")
    await published(leader, 1)
    refused, acquire = asyncio.Event(), Lease.acquire

    async def acquired(self: Lease) -> int | None:
        fence = await acquire(self)
        if fence is None:
            refused.set()
        return fence

    monkeypatch.setattr(Lease, "acquire", acquired)
    standby = publishing(redis_url)
    # The holder; behind it stands the length of the lease, which grows on a busy machine.
    [holder, _] = (await client.get(names.lease(0))).rsplit(b" ", 1)
    # One that has not seen the lease yet takes a Redis without one for a new Redis.
    await refused.wait()
    for _ in range(3):
        epochs = leader.stats.lost_epochs
        await client.flushall()
        await eventually(lambda epochs=epochs: leader.stats.lost_epochs > epochs)

    async def still_leads() -> bool:
        return bool((await client.get(names.lease(0)) or b"").startswith(holder + b" "))

    await eventually(still_leads)
    assert not standby.stats.leader


async def test_an_entry_added_by_hand_does_not_stop_publishing(
    client: Any, redis_url: str, publishing: Start
) -> None:
    publisher = publishing(redis_url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    await client.xadd(names.log(0), {"poison": "\r\n"}, id="9999999999999-0")
    publisher.feed("A", "2")
    publisher.feed("A", "3")
    await published(publisher, 3)
    assert sequences(await read_log(client))[b"A"][-1] == 3
    assert publisher.stats.lost_epochs == 0


async def test_a_poisoned_last_value_is_ignored(client: Any, redis_url: str, publishing: Start) -> None:
    await client.hset(names.last(0), mapping={"A": "{", "B\n": "x", "C": '{"S":"D","q":1,"t":1,"p":1}'})
    publisher = publishing(redis_url)
    publisher.feed("A", "1")
    await published(publisher, 1)
    assert publisher.source.options is not None
    assert publisher.source.options.last == {}
