"""Symbols that leave: said by the source or an operator, idle, or of a source that the feed had before."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing, read_log
from tests.support.eventually import eventually
from tickcast.publisher.chunk import Chunk
from tickcast.publisher.idle_symbols import IdleSymbols
from tickcast.publisher.orders import Order, Orders
from tickcast.publisher.source import Retire, State
from tickcast.publisher.writer import Writer
from tickcast.wire.batch import Batch
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import Notice
from tickcast.wire.tick import Tick, decode_tick

NOW = 1_795_384_800_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for a look."""
    monkeypatch.setattr("tickcast.publisher.retirement.PERIOD", 0.02)


def said(log: list[Batch]) -> list[Notice]:
    """Return all notices of a log."""
    return [line.notice for batch in log for line in batch.notices]


def counted(log: list[Batch], symbol: bytes) -> list[int | None]:
    """Return the `q` of each tick of a symbol in a log."""
    return [decode_tick(json)[1] for batch in log for key, json in batch.ticks if key == symbol]


async def symbols(client: Any) -> set[bytes]:
    """Return the symbols that have a newest tick in Redis."""
    return set(await client.hkeys(names.last(0)))


async def test_a_source_retires_a_symbol_in_order_and_it_begins_again_at_1(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url)
    apple = [Tick("AAPL", NOW + n, "1.50") for n in range(3)]
    publisher.source.queue.put_nowait(
        [*apple, State("MSFT", "halted", 5), Retire("aapl"), Retire("no*symbol"), *apple]
    )
    publisher.source.queue.put_nowait(
        [Tick("MSFT", NOW, "1"), State("MSFT", "halted", 5), State("MSFT", "asleep")]
    )
    publisher.source.queue.put_nowait(None)
    await publisher.task
    log = await read_log(valkey)
    assert [(notice.symbol, notice[1]) for notice in said(log)] == [("AAPL", "producer"), ("MSFT", "halted")]
    assert counted(log, b"AAPL") == [1, 2, 3, 1, 2, 3]
    instruments = await valkey.hgetall(names.symbols(0))
    assert json.loads(instruments[b"MSFT"])["state"] == "halted"
    assert json.loads(instruments[b"AAPL"])["ref"] == 1.5
    assert publisher.stats.bad_ticks == 2
    assert (publisher.stats.retired, publisher.stats.symbols) == (1, 0)


async def test_a_symbol_without_a_tick_for_too_long_leaves(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url, retire_after=0.4)
    publisher.feed("MSFT", "1")

    async def only_apple() -> bool:
        publisher.feed("AAPL", "1")
        return publisher.stats.retired == 1 and await symbols(valkey) == {b"AAPL"}

    await eventually(only_apple)
    await publisher.end()
    assert [(each.symbol, each[1]) for each in said(await read_log(valkey))] == [("MSFT", "idle")]


def test_idle_symbols_are_found_by_their_sequence_and_looked_for_now_and_then() -> None:
    now, counts, looks = 0.0, {"A": 1, "B": 1}, 0

    def look() -> dict[str, int]:
        nonlocal looks
        looks += 1
        return dict(counts)

    idle = IdleSymbols(10.0, clock=lambda: now)
    found = []
    for step in range(120):
        now, counts["A"] = step / 10, counts["A"] + 1
        found += idle.look(look)
    assert set(found) == {"B"}
    assert looks <= 25
    assert IdleSymbols(0.0).look(look) == {}


async def test_what_a_new_source_does_not_have_leaves_after_a_grace_also_over_a_restart(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    first = publishing(valkey_url, source="one")
    for symbol in ("AAPL", "MSFT", "TSLA"):
        first.feed(symbol, "1")
    first.source.queue.put_nowait(None)
    await first.task
    second = publishing(valkey_url, source="two", retire_grace=3600)
    second.feed("AAPL", "2")
    await eventually(lambda: second.stats.ticks == 1)
    await second.end()
    assert await symbols(valkey) == {b"AAPL", b"MSFT", b"TSLA"}
    third = publishing(valkey_url, source="two", retire_grace=0.3)
    third.feed("AAPL", "3")

    async def settled() -> bool:
        return not await valkey.hexists(names.meta(0), "before")

    await eventually(settled)
    assert await symbols(valkey) == {b"AAPL"}
    assert set(await valkey.hkeys(names.symbols(0))) == {b"AAPL"}
    await third.end()
    log = await read_log(valkey)
    assert {(each.symbol, each[1]) for each in said(log)} == {("MSFT", "source"), ("TSLA", "source")}
    assert counted(log, b"AAPL") == [1, 2, 3]


async def test_the_leader_obeys_an_operator_whatever_its_source_and_deletes_the_order(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    publisher = publishing(valkey_url)
    publisher.feed("AAPL", "1.5")
    publisher.feed("MSFT", "1.5")
    lines = b'{"S":"AAPL","name":"Apple","ccy":"USD","ref":1.25}\nrubbish\n{"S":"NOBODY","name":"x"}\n{}'
    await eventually(lambda: publisher.stats.ticks == 2)
    await valkey.xadd(names.orders(0), {"i": lines, "r": b"MSFT\nno*symbol"})

    async def obeyed() -> bool:
        return await symbols(valkey) == {b"AAPL"} and not await valkey.xlen(names.orders(0))

    await eventually(obeyed)
    held = await valkey.hgetall(names.symbols(0))
    assert held == {b"AAPL": b'{"S":"AAPL","name":"Apple","tick":0.1,"ref":1.25,"ccy":"USD"}'}
    # A finer tick later keeps what the operator said.
    publisher.feed("AAPL", "1.55")
    publisher.source.queue.put_nowait(None)
    await publisher.task
    assert json.loads((await valkey.hgetall(names.symbols(0)))[b"AAPL"]) == {
        "S": "AAPL", "name": "Apple", "tick": 0.01, "ref": 1.25, "ccy": "USD",
    }  # fmt: skip
    assert [(each.symbol, each[1]) for each in said(await read_log(valkey))] == [("MSFT", "operator")]


async def test_an_order_is_deleted_when_redis_has_what_it_says(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = publishing(valkey_url)
    publisher.feed("AAPL", "1.50")
    await eventually(lambda: publisher.stats.ticks == 1)
    reached, may_write, write = asyncio.Event(), asyncio.Event(), Writer.publish

    async def publish(self: Writer, chunk: Chunk) -> None:
        if chunk.notices:
            reached.set()
            await may_write.wait()
        await write(self, chunk)

    monkeypatch.setattr(Writer, "publish", publish)
    looks, read = 0, Orders.read

    async def counted(self: Orders, partition: int) -> list[Order]:
        nonlocal looks
        looks += 1
        return await read(self, partition)

    monkeypatch.setattr(Orders, "read", counted)
    await valkey.xadd(names.orders(0), {"r": "AAPL"})
    await reached.wait()
    seen = looks
    await eventually(lambda: looks > seen + 3)
    assert await valkey.xlen(names.orders(0)) == 1
    may_write.set()

    async def deleted() -> bool:
        return await valkey.xlen(names.orders(0)) == 0

    await eventually(deleted)
    # Read again and again meanwhile, it was carried out once.
    assert [(each.symbol, each[1]) for each in said(await read_log(valkey))] == [("AAPL", "operator")]


async def test_orders_that_cannot_be_read_stop_no_tick(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    await valkey.set(names.orders(0), "x")
    publisher = publishing(valkey_url)
    for price in ("1", "2", "3"):
        publisher.feed("AAPL", price)
        await asyncio.sleep(0.05)
    await eventually(lambda: publisher.stats.ticks == 3)
    await publisher.end()


async def test_a_state_outlives_a_finer_instrument_and_a_takeover(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing]
) -> None:
    for prices in (("1", "1.5"), ("1.25",)):
        publisher = publishing(valkey_url)
        publisher.feed("AAPL", prices[0])
        if len(prices) == 2:
            publisher.source.queue.put_nowait([State("AAPL", "halted", 5)])
            publisher.feed("AAPL", prices[1])
        publisher.source.queue.put_nowait(None)
        await publisher.task
    assert json.loads((await valkey.hgetall(names.symbols(0)))[b"AAPL"]) == {
        "S": "AAPL", "name": "AAPL", "tick": 0.01, "ref": 1, "ccy": "", "state": "halted", "since": 5,
    }  # fmt: skip
