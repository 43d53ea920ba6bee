"""The list of symbols: kept until something has changed, and made for a bounded part of the time."""

import asyncio
import json

import pytest

from tickcast.gateway.feed.instruments import READ_AT_ONCE, Instruments
from tickcast.gateway.feed.symbol_list import DIGEST, FRESH, REST, SymbolList
from tickcast.gateway.protocol.selection import parse_selection
from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import weak_etag
from tickcast.wire.instrument import Instrument, decode_instrument, encode_instrument
from tickcast.wire.notice import Notice, Retired, SymbolState


class Clock:
    """A clock that moves only while somebody works: a ms for each look at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("tickcast.gateway.feed.symbol_list.monotonic", self.monotonic)
        monkeypatch.setattr("tickcast.gateway.feed.symbol_list.slice_end", lambda: self.now + 0.005)

    def monotonic(self) -> float:
        """Return the time, in seconds."""
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the list."""
    return Clock(monkeypatch)


def instrument(symbol: str) -> bytes:
    """Return the JSON of an instrument."""
    return encode_instrument(Instrument(symbol, symbol, "0.01", "1", "USD"))


def listed(count: int) -> dict[bytes, bytes]:
    """Return some instruments by symbol."""
    return {f"S{number:03}".encode(): instrument(f"S{number:03}") for number in range(count)}


async def test_it_is_the_same_bytes_until_something_has_changed(clock: Clock) -> None:
    last = LastValues()
    made = SymbolList(last)
    made.change({b"A": instrument("A")})
    body, tag = await made.document()
    assert json.loads(body)[0]["state"] == "live"
    for _ in range(100):
        assert (await made.document())[0] is body
    assert made.made == 1
    # Where prices come from may have changed, so it is looked at; it has not.
    clock.now += FRESH
    assert (await made.document())[0] is body
    assert made.made == 2
    last.update(1, [(b"A", b'{"S":"A","q":1,"t":1,"p":1,"src":"sim"}')])
    clock.now += FRESH
    changed, other = await made.document()
    assert (json.loads(changed)[0]["src"], other == tag) == ("sim", False)


async def test_however_often_it_changes_and_is_asked_for_it_is_made_for_a_part_of_the_time(
    clock: Clock,
) -> None:
    held, made = listed(50), SymbolList(LastValues())
    made.change(held)
    began, worked = clock.now, 0.0
    while clock.now < began + 10:
        at = clock.now
        before = made.made
        made.change(held)
        await made.document()
        worked += clock.now - at if made.made > before else 0.0
        clock.now += 0.01
    assert made.made > 2
    assert worked <= 10 / REST * 1.5


async def test_all_who_ask_at_once_share_one_and_who_goes_away_stops_it_for_nobody(clock: Clock) -> None:
    made = SymbolList(LastValues())
    made.change(listed(100))
    asking = [asyncio.create_task(made.document()) for _ in range(20)]
    await asyncio.sleep(0)
    asking[0].cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert len({id(each) for each in found[1:]}) == 1
    assert made.made == 1


async def test_others_have_their_turn_while_it_is_made(clock: Clock) -> None:
    made, turns = SymbolList(LastValues()), 0
    made.change(listed(100))
    asking = asyncio.create_task(made.document())
    while not asking.done():
        turns += 1
        # One that leaves meanwhile is not listed.
        if turns == 3:
            made._instruments.pop(b"S099")  # type: ignore[attr-defined]
        await asyncio.sleep(0)
    assert turns > 10
    assert len(json.loads((await asking)[0])) == 99


class Redis:
    """Instruments, as a broker reads them."""

    def __init__(self) -> None:
        self.held = listed(2)
        self.readings = 0
        self.sources = 0
        self.moved = asyncio.Event()
        self.answers = asyncio.Event()
        self.answers.set()

    async def source(self) -> str:
        """Return the name of the source."""
        self.sources += 1
        self.moved.set()
        return "test"

    async def instruments(self, partition: int) -> list[bytes]:
        """Return what there was when it was asked."""
        self.readings += 1
        self.moved.set()
        found = [*self.held.values()]
        await self.answers.wait()
        return found

    async def until(self, sources: int) -> None:
        """Wait until the source has been asked for so often."""
        while self.sources < sources:
            self.moved.clear()
            await self.moved.wait()


async def test_what_is_said_of_symbols_needs_no_reading_and_a_new_symbol_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tickcast.gateway.feed.instruments.SETTLE", 0.001)
    redis, last = Redis(), LastValues()
    last.update(1, [(b"S000", b"{}"), (b"S001", b"{}")])
    instruments = Instruments(redis, last, 1)  # type: ignore[arg-type]
    running = asyncio.create_task(instruments.run())
    await redis.until(2)
    assert redis.readings == 1
    said: list[Notice] = [SymbolState("S001", "halted", 7), Retired("S000", "idle")]
    last.drop(b"S000")
    instruments.hear(said)
    await redis.until(redis.sources + 3)
    assert redis.readings == 1
    found = json.loads((await instruments.list.document())[0])
    assert [(each["S"], each["state"], each["since"]) for each in found] == [("S001", "halted", 7)]
    last.update(2, [(b"NEW", b"{}")])
    while redis.readings == 1:
        redis.moved.clear()
        await redis.moved.wait()
    running.cancel()


async def test_what_is_said_while_redis_is_read_is_newer_than_the_answer() -> None:
    redis, last = Redis(), LastValues()
    last.update(1, [(b"S001", b"{}")])
    instruments = Instruments(redis, last, 1)  # type: ignore[arg-type]
    redis.answers.clear()
    reading = asyncio.create_task(instruments._read())
    await redis.moved.wait()
    instruments.hear([Retired("S000", "idle"), Retired("S001", "idle"), SymbolState("S001", "closed", 3)])
    redis.answers.set()
    await reading
    found = json.loads((await instruments.list.document())[0])
    # S001 has returned since.
    assert [(each["S"], each["state"]) for each in found] == [("S001", "closed")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("MSFT", ["MSFT"]),
        ("MSFT,AAPL", ["AAPL", "MSFT"]),
        ("A*", ["A", "AA", "AAPL"]),
        ("AA*,A,MSFT,GONE", ["A", "AA", "AAPL", "MSFT"]),
        ("AAP*,AAPL,Z*", ["AAPL", "Z", "Z~~"]),
        ("GONE,B*", []),
        ("*", ["A", "AA", "AAPL", "MSFT", "Z", "Z~~"]),
    ],
)
async def test_a_part_of_it_has_what_was_asked_for_in_order(
    clock: Clock, wanted: str, found: list[str]
) -> None:
    made = SymbolList(LastValues())
    made.change({symbol.encode(): instrument(symbol) for symbol in ("Z", "Z~~", "MSFT", "AAPL", "AA", "A")})
    body, tag = await made.part(*parse_selection(wanted, 10).normal())
    assert [each["S"] for each in json.loads(body)] == found
    assert (await made.part(*parse_selection(wanted, 10).normal()))[1] == tag
    assert made.made == 1


async def test_a_part_of_an_empty_list_is_empty(clock: Clock) -> None:
    assert (await SymbolList(LastValues()).part([b"B"], [b"A"]))[0] == b"[]"


async def test_instruments_are_read_in_pieces_of_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    redis, decoded = Redis(), 0
    redis.held = listed(3 * READ_AT_ONCE + 7)

    def decode(json: bytes) -> Instrument:
        nonlocal decoded
        decoded += 1
        return decode_instrument(json)

    monkeypatch.setattr("tickcast.gateway.feed.instruments.decode_instrument", decode)
    instruments, turns = Instruments(redis, LastValues(), 1), []  # type: ignore[arg-type]
    reading = asyncio.create_task(instruments._read())
    while not reading.done():
        before = decoded
        await asyncio.sleep(0)
        turns.append(decoded - before)
    assert max(turns) <= READ_AT_ONCE
    assert len(json.loads((await instruments.list.document())[0])) == decoded == sum(turns)


async def test_what_is_the_same_at_the_next_reading_is_neither_decoded_nor_listed_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis, decoded = Redis(), list[bytes]()
    redis.held = listed(50)

    def decode(json: bytes) -> Instrument:
        decoded.append(json)
        return decode_instrument(json)

    monkeypatch.setattr("tickcast.gateway.feed.instruments.decode_instrument", decode)
    instruments = Instruments(redis, LastValues(), 1)  # type: ignore[arg-type]
    await instruments._read()
    await instruments.list.document()
    decoded.clear()
    # Other bytes with the same content, as they come from Redis.
    redis.held = {symbol: b"%b" % bytearray(json) for symbol, json in redis.held.items()}
    await instruments._read()
    assert not decoded
    assert not instruments.list._has_changed
    # Nor is it held twice: what is kept for the next reading is what is served.
    served = [*instruments._held.values()]
    assert all(json is own for json, own in zip(instruments._checked, served, strict=True))
    redis.held[b"S007"] = redis.held[b"S007"].replace(b'"ccy":"', b'"ccy":"X')
    await instruments._read()
    assert decoded == [redis.held[b"S007"]]
    assert instruments.list._has_changed


async def test_the_tag_of_a_part_is_made_of_digests_and_changes_with_what_it_has(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []

    def tag(content: bytes) -> str:
        hashed.append(len(content))
        return weak_etag(content)

    monkeypatch.setattr("tickcast.gateway.feed.symbol_list.weak_etag", tag)
    held, lists = listed(100), [SymbolList(LastValues()) for _ in range(3)]
    other = {**held, b"S003": held[b"S003"].replace(b'"ccy":"', b'"ccy":"X')}
    for made, instruments in zip(lists, (held, dict(held), other), strict=True):
        made.change(instruments)
    tags = [[(await made.part([], [prefix]))[1] for made in lists] for prefix in (b"S00", b"S01", b"S")]
    # The same on every gateway, and another one only where something else is in it.
    assert [[each == found[0] for each in found] for found in tags] == [
        [True, True, False],
        [True, True, True],
        [True, True, False],
    ]
    assert max(hashed[-9:]) == 100 * DIGEST
