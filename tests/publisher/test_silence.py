"""Symbols without ticks are stale by themselves, and live again with their next one."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.publisher.conftest import Publishing, read_log
from tests.publisher.test_retirement import said
from tests.support.eventually import eventually
from tickcast.publisher.chunk import CHUNK_NOTICES
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.silence import Silence
from tickcast.publisher.source import State
from tickcast.wire.names import MAIN as names
from tickcast.wire.notice import Notice, Retired, SymbolState
from tickcast.wire.tick import Tick

NOW = 1_795_384_800_000_000


class Mute:
    """A sequencer and what looks at its silence, with a clock of the test; 10 s are too long."""

    def __init__(self, *symbols: str) -> None:
        self.now = 100.0
        self.sequencer = Sequencer(1)
        self.tick(*symbols)
        self.silence = Silence(
            10.0, self.sequencer, self._never, lambda: self.now, lambda: NOW / 1e6 + self.now
        )
        self.look()

    async def _never(self, look: Any) -> bool:
        raise AssertionError("the test looks")

    def tick(self, *symbols: str) -> None:
        self.sequencer.encode([Tick(symbol, NOW, "1") for symbol in symbols])

    def say(self, symbol: str, state: str) -> None:
        self.sequencer.say([SymbolState(symbol, state, 5)])

    def look(self, has_room: Callable[[str], bool] = lambda _: True) -> list[tuple[str, str]]:
        found = self.silence.look(has_room)
        self.sequencer.say(found)
        return sorted((each.symbol, each.state) for each in found if isinstance(each, SymbolState))

    def after(self, seconds: float) -> list[tuple[str, str]]:
        self.now += seconds
        return self.look()


def test_a_symbol_is_stale_once_after_its_time_and_live_with_its_next_tick() -> None:
    mute = Mute("A", "B")
    mute.tick("B")
    assert mute.after(9) == []
    assert mute.after(1) == [("A", "stale")]
    assert mute.after(1) == []
    mute.tick("A")
    assert mute.look() == [("A", "live")]
    assert mute.after(8) == [("B", "stale")]


def test_it_is_stale_since_its_last_tick() -> None:
    mute = Mute("A")
    mute.now += 12
    (notice,) = mute.silence.look(lambda _: True)
    assert notice == SymbolState("A", "stale", NOW + 100_000_000)


@pytest.mark.parametrize("state", ["halted", "closed", "suspect", "stale"])
def test_what_its_source_says_holds(state: str) -> None:
    mute = Mute("A")
    mute.say("A", state)
    assert mute.after(30) == []
    mute.tick("A")
    assert mute.look() == []
    mute.say("A", "live")
    assert mute.after(1) == []
    assert mute.after(20) == [("A", "stale")]


def test_a_source_that_speaks_of_a_stale_symbol_has_the_last_word() -> None:
    mute = Mute("A")
    assert mute.after(10) == [("A", "stale")]
    mute.say("A", "halted")
    mute.tick("A")
    assert mute.look() == []
    assert mute.sequencer.states["A"].state == "halted"


def test_what_is_found_and_ticks_before_it_is_said_is_not_stale() -> None:
    mute = Mute(*(f"S{number}" for number in range(CHUNK_NOTICES + 2)))
    assert len(mute.after(10)) == CHUNK_NOTICES
    left = sorted(set(mute.sequencer.counts()) - set(mute.sequencer.states))
    mute.tick(left[0])
    mute.say(left[1], "closed")
    assert mute.look() == []


def test_a_symbol_whose_queue_is_full_is_said_to_be_stale_later() -> None:
    mute = Mute("A", "B")
    mute.now += 10
    assert mute.look(lambda symbol: symbol == "A") == [("A", "stale")]
    mute.tick("A")
    assert mute.look(lambda symbol: symbol != "A") == []
    assert mute.after(1) == [("A", "live"), ("B", "stale")]


def test_a_retired_symbol_is_forgotten() -> None:
    mute = Mute("A")
    assert mute.after(10) == [("A", "stale")]
    mute.sequencer.say([Retired("A", "operator")])
    assert mute.after(20) == []
    mute.tick("A")
    assert mute.look() == []
    assert mute.sequencer.states == {}


async def test_streams_are_told_and_redis_has_it(
    valkey: Any, valkey_url: str, publishing: Callable[..., Publishing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.silence.PERIOD", 0.02)
    publisher = publishing(valkey_url, stale_after=0.5)
    publisher.feed("MSFT", "1")
    publisher.feed("TSLA", "1")
    publisher.source.queue.put_nowait([State("TSLA", "closed")])

    async def state(symbol: bytes) -> str:
        return str(json.loads(await valkey.hget(names.symbols(0), symbol) or b"{}").get("state", "live"))

    async def while_apple_ticks(symbol: bytes, wanted: str) -> bool:
        publisher.feed("AAPL", "1")
        await asyncio.sleep(0.01)
        return await state(symbol) == wanted

    await eventually(lambda: while_apple_ticks(b"MSFT", "stale"))
    # Another publisher goes on where this one has ended.
    await publisher.end()
    publisher = publishing(valkey_url, stale_after=0.5)
    publisher.feed("MSFT", "2")
    await eventually(lambda: while_apple_ticks(b"MSFT", "live"))
    assert await state(b"TSLA") == "closed"
    await publisher.end()
    found: list[Notice] = said(await read_log(valkey))
    of = {name: [each[1] for each in found if each.symbol == name] for name in ("MSFT", "TSLA")}
    assert (of["MSFT"][:2], of["TSLA"]) == (["stale", "live"], ["closed"])


async def test_without_a_time_nothing_is_stale_by_itself() -> None:
    async def never(look: Any) -> bool:
        raise AssertionError("nobody looks")

    await Silence(0.0, Sequencer(1), never).run()


def test_what_is_stale_at_once_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mute = Mute(*(f"S{number}" for number in range(10 * CHUNK_NOTICES)))
    looks: list[int] = []
    returned = Silence._returned

    def counted(silence: Silence, has_room: Any) -> list[Notice]:
        looks.append(len(silence._mute))
        return returned(silence, has_room)

    monkeypatch.setattr(Silence, "_returned", counted)
    found = mute.after(10)
    while more := mute.look():
        found += more
    assert len(found) == 10 * CHUNK_NOTICES
    # Before all of them, and in the look that finds no more.
    assert looks == [0, 10 * CHUNK_NOTICES]
