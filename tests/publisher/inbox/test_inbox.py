"""A publisher that takes from the inbox of each kind of Redis: what it publishes, refuses and gives back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import read_log
from tests.publisher.inbox.conftest import Taking, emptied, hand_in, prices, rejects, tick
from tests.publisher.written_log import assert_continuous, published
from tests.support.eventually import eventually
from tests.support.snippets import block
from tickcast.publisher.mending import Mending
from tickcast.wire.instrument import decode_instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.producer import decode_producer
from tickcast.wire.symbol import partition_of

Start = Callable[..., Taking]


async def test_what_is_handed_in_is_published_and_leaves_the_inbox(
    client: Any, redis_url: str, taking: Start
) -> None:
    await hand_in(client, tick("AAPL", 1), by="early")
    publisher = taking(redis_url)
    _, entry_id = await hand_in(client, tick("AAPL", 1.5), tick("msft", 2), by="feeder", number=3)
    await published(publisher, 3)
    assert await prices(client) == {"AAPL": [(1, "1"), (2, "1.5")], "MSFT": [(1, "2")]}
    assert_continuous(await read_log(client))
    assert await client.hget(names.meta(0), "in") == entry_id
    assert await client.exists(names.inbox(0), names.held(0)) == 1
    assert not await client.xlen(names.inbox(0))
    held = {name: decode_producer(text) for name, text in (await client.hgetall(names.producers(0))).items()}
    assert {name: (each.number, each.taken) for name, each in held.items()} == {
        b"early": (None, 1),
        b"feeder": (3, 2),
    }


async def test_a_tick_without_time_has_that_of_its_entry(client: Any, redis_url: str, taking: Start) -> None:
    publisher = taking(redis_url)
    _, entry_id = await hand_in(client, tick("A", 1), tick("A", 2, t=1_795_384_800_000_001))
    await published(publisher, 2)
    [batch] = await read_log(client)
    own = int(entry_id.partition(b"-")[0]) * 1000
    assert [json.loads(text)["t"] for _, text in batch.ticks] == [own, 1_795_384_800_000_001]


async def test_an_entry_by_plain_xadd_is_taken_too(client: Any, redis_url: str, taking: Start) -> None:
    publisher = taking(redis_url)
    await client.xadd(names.inbox(0), {"d": tick("A", 1)})
    await published(publisher, 1)
    await emptied(client)


async def test_a_repeated_entry_is_recognised_by_its_number(
    client: Any, redis_url: str, taking: Start
) -> None:
    publisher = taking(redis_url)
    for number, by in [(1, "a"), (1, "a"), (5, "a"), (4, "a"), (1, "b"), (6, "a")]:
        await hand_in(client, tick("A", number), by=by, number=number)
    await published(publisher, 4)
    await emptied(client)
    assert [price for _, price in (await prices(client))["A"]] == ["1", "5", "1", "6"]
    remembered = decode_producer(await client.hget(names.producers(0), "a"))
    assert (remembered.number, remembered.taken, remembered.repeated) == (6, 3, 2)
    assert publisher.stats.producers.held["a"].repeated == 2


async def test_a_restart_goes_on_after_the_last_entry_and_knows_the_numbers(
    client: Any, redis_url: str, taking: Start
) -> None:
    first = taking(redis_url)
    await hand_in(client, tick("A", 1), by="a", number=1)
    await published(first, 1)
    await first.end()
    await hand_in(client, tick("A", 1), by="a", number=1)
    await hand_in(client, tick("A", 2), by="a", number=2)
    second = taking(redis_url)
    await published(second, 1)
    await emptied(client)
    assert await prices(client) == {"A": [(1, "1"), (2, "2")]}


async def test_a_line_that_is_malformed_or_foreign_is_kept_with_its_reason_and_stops_nothing(
    client: Any, redis_url: str, taking: Start
) -> None:
    publisher = taking(redis_url, partitions=2)
    own, foreign = sorted(["A", "B", "C", "D"], key=lambda each: partition_of(each.encode(), 2))[::3]
    bad = [b'{"S":"A"}', tick(foreign, 1), tick(own, 1, t=5), tick(own, 1, s=-1)]
    _, entry_id = await hand_in(client, *bad[:2], tick(own, 7), *bad[2:], by="feeder")
    await published(publisher, 1)
    assert await prices(client) == {own: [(1, "7")]}
    kept = await rejects(client)
    assert {each["line"] for each in kept} == {line.decode() for line in bad}
    assert {(each["id"], each["by"]) for each in kept} == {(entry_id.decode(), "feeder")}
    reasons = " ".join(each["reason"] for each in kept)
    for part in ("p: missing", f"{foreign} belongs to partition 1 of 2", "before 2000", "s: -1 is negative"):
        assert part in reasons
    assert publisher.stats.producers.held["feeder"].refused == 4


async def test_a_refused_line_is_kept_as_the_docs_show(client: Any, redis_url: str, taking: Start) -> None:
    shown = json.loads(block("docs/inbox.md", "What is refused", 0))
    taking(redis_url)
    await hand_in(client, shown["line"].encode(), by=shown["by"])
    await emptied(client)
    (kept,) = await rejects(client)
    assert [*kept] == [*shown]
    assert [kept[name] for name in ("by", "line", "reason")] == [
        shown[name] for name in ("by", "line", "reason")
    ]


async def test_an_entry_of_refused_lines_alone_is_recorded_and_no_batch_is_written(
    client: Any, redis_url: str, taking: Start
) -> None:
    taking(redis_url)
    await hand_in(client, b"{", by="feeder", number=9)
    await client.xadd(names.inbox(0), {"nothing": "known"})
    await emptied(client)
    assert await read_log(client) == []
    assert decode_producer(await client.hget(names.producers(0), "feeder")).number == 9
    assert [each["line"] for each in await rejects(client)] == ["", "{"]


async def test_only_the_newest_rejects_are_kept_and_long_lines_cut(
    client: Any, redis_url: str, taking: Start
) -> None:
    taking(redis_url)
    await hand_in(client, b"{" * 1000)
    for n in range(3):
        await hand_in(client, *[b"%d" % n] * 400)
    await emptied(client)
    kept = await rejects(client)
    assert len(kept) == 1000
    assert (kept[0]["line"], kept[-1]["line"]) == ("2", "0")
    assert all(len(each["line"]) <= 500 for each in kept)


async def test_a_producer_describes_instruments_and_prices_keep_to_its_tick_size(
    client: Any, redis_url: str, taking: Start
) -> None:
    apple = b'{"S":"AAPL","name":"Apple","tick":0.05,"ref":188,"ccy":"USD","tz":"America/New_York"}'
    first = taking(redis_url)
    await hand_in(
        client, tick("AAPL", 1.07), tick("MSFT", 2.5), instruments=[apple, b'{"S":"MSFT","name":"M"}']
    )
    await published(first, 2)
    await first.end()
    second = taking(redis_url)
    await hand_in(client, tick("AAPL", 1.13), tick("MSFT", 2.125), instruments=[b'{"S":"AAPL","ccy":"EUR"}'])
    await published(second, 2)
    assert await prices(client) == {"AAPL": [(1, "1.05"), (2, "1.15")], "MSFT": [(1, "2.5"), (2, "2.125")]}
    found = {
        symbol: decode_instrument(text) for symbol, text in (await client.hgetall(names.symbols(0))).items()
    }
    assert found[b"AAPL"][1:5] == ("Apple", "0.05", "188", "EUR")
    assert found[b"AAPL"].timezone == "America/New_York"
    assert found[b"MSFT"][1:5] == ("M", "0.001", "2.5", "")


@pytest.mark.parametrize("key", [names.inbox(0), names.held(0), names.producers(0), names.rejects(0)])
@pytest.mark.parametrize("before", [True, False], ids=["before", "while"])
async def test_a_key_of_a_wrong_type_is_moved_aside_and_the_feed_goes_on(
    client: Any, redis_url: str, taking: Start, key: str, before: bool
) -> None:
    if before:
        await client.set(key, "mine")
    publisher = taking(redis_url)
    if not before:
        await hand_in(client, tick("A", 0))
        await published(publisher, 1)
        await client.delete(key)
        await client.set(key, "mine")

    async def taken() -> bool:
        return (await hand_in(client, b"{", tick("A", 1)))[0] == b"ok"

    await eventually(taken)
    await eventually(lambda: publisher.stats.ticks == (1 if before else 2))
    [aside] = await client.keys(f"{key}:displaced:*")
    assert await client.get(aside) == b"mine"
    assert publisher.stats.displaced == 1
    assert len({batch.epoch for batch in await read_log(client)}) == 1


async def test_an_entry_that_is_too_large_is_not_read_and_the_next_one_is(
    client: Any, redis_url: str, taking: Start
) -> None:
    await client.xadd(names.inbox(0), {"d": b"x" * 600_000})
    await client.xadd(names.inbox(0), {"d": tick("A", 1)})
    publisher = taking(redis_url)
    await published(publisher, 1)
    [kept] = await rejects(client)
    assert "bytes is not read" in kept["reason"]


async def test_an_id_that_leaves_no_room_for_others_is_replaced(
    client: Any, redis_url: str, taking: Start
) -> None:
    publisher = taking(redis_url)
    await hand_in(client, tick("A", 1))
    await published(publisher, 1)
    await client.xadd(names.inbox(0), {"d": tick("A", 2)}, id=f"{2**64 - 1}-{2**64 - 1}")
    await published(publisher, 2)
    await hand_in(client, tick("A", 3))
    await published(publisher, 3)
    assert await prices(client) == {"A": [(1, "1"), (2, "2"), (3, "3")]}


async def test_a_producer_gives_a_symbol_a_state_and_retires_it(
    client: Any, redis_url: str, taking: Start
) -> None:
    publisher = taking(redis_url)
    halted = b'{"S":"A","state":"halted"}'
    await hand_in(client, tick("A", 1), tick("B", 1), states=[halted, b'{"S":"C","state":"live"}'])
    await hand_in(client, tick("A", 2), retired=[b"A"])
    await hand_in(client, tick("A", 3), by="feeder", number=1)
    await hand_in(client, tick("A", 3), by="feeder", number=1)
    await published(publisher, 4)
    await emptied(client)
    batches = await read_log(client)
    said = [line.notice for batch in batches for line in batch.notices]
    assert [notice[:2] for notice in said] == [("A", "halted"), ("A", "producer")]
    assert await prices(client) == {"A": [(1, "1"), (2, "2"), (1, "3")], "B": [(1, "1")]}
    assert_continuous(batches)
    assert [each["reason"] for each in await rejects(client)] == ["C has no tick and no instrument yet"]


async def test_an_entry_that_only_retires_is_recorded_with_its_notice(
    client: Any, redis_url: str, taking: Start
) -> None:
    publisher = taking(redis_url)
    symbols = [b"S%d" % n for n in range(1000)]
    await hand_in(client, *[tick(each.decode(), 1) for each in symbols])
    await published(publisher, 1000)
    _, entry_id = await hand_in(client, retired=symbols)
    await emptied(client)
    assert await client.hget(names.meta(0), "in") == entry_id
    assert not await client.exists(names.last(0), names.symbols(0))
    assert sum(len(batch.notices) for batch in await read_log(client)) == 1000


async def test_entries_that_hold_no_tick_compare_no_values(
    client: Any, redis_url: str, taking: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.pipeline.HEARTBEAT", 3600.0)
    steps = 0
    step = Mending.step

    async def counted(self: Mending) -> None:
        nonlocal steps
        steps += 1
        await step(self)

    monkeypatch.setattr(Mending, "step", counted)
    publisher = taking(redis_url)
    await eventually(lambda: publisher.stats.heartbeats)
    before = publisher.stats.heartbeats
    for _ in range(5):
        await hand_in(client, b"rubbish")
        await emptied(client)
    await eventually(lambda: publisher.stats.heartbeats >= before + 5)
    assert steps == 1
