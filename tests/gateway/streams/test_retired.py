"""Symbols that leave: every stream hears of it in its place, wherever it is cut, and holds none of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.store.event_log import MAX_LOOKUP
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.notice import UNKNOWN, Notice, Retired, SymbolState

GONE, HALTED, LIVE = Retired("A", "producer"), SymbolState("A", "halted", 7), SymbolState("A", "live", 8)


def told(stream: MemorySubscriber, *names: str) -> list[Any]:
    """Return (name, data) of the events of these names."""
    found = [(event.type.decode(), json.loads(event.data)) for event in stream.events()]
    return [each for each in found if each[0] in names]


async def test_a_stream_of_every_tick_hears_it_among_the_ticks_with_a_cursor(market: Market) -> None:
    named, prefixed, other = (market.join(key(symbols)) for symbols in ("A", "*", "B"))
    market.tick("A", "B")
    market.tick("A", notices=[GONE])
    market.tick("A")
    await market.settle()
    left = {"S": ["A"], "reason": "producer"}
    assert [data.get("q", data) for _, data in told(named, "tick", "retired")] == [1, 2, left, 1]
    assert [event.id for event in prefixed.events() if event.type == b"retired"] != [b""]
    assert told(prefixed, "retired") == [("retired", left)]
    assert told(other, "retired") == []
    assert other.qs() == [("B", 1)]


async def test_a_conflated_stream_hears_it_at_its_turn_and_never_the_bars_before(market: Market) -> None:
    stream = market.join(key("*", 250, "1s"))
    market.turn()
    await market.settle()
    market.tick("A", "B", bars=["A\t1s", "B\t1s"], notices=[GONE])
    await market.settle()
    assert stream.names()[1:] == []
    market.turn()
    await market.settle()
    assert stream.names()[1:] == ["retired", "tick", "bar"]
    assert (stream.qs(), stream.bars()) == ([("B", 1)], [("B\t1s", 1)])
    # It returns and leaves again before a turn comes; then it returns.
    market.tick("A")
    market.tick(notices=[GONE])
    market.tick("A")
    market.turn()
    await market.settle()
    assert stream.names()[4:] == ["retired", "tick"]
    assert stream.qs()[-1] == ("A", 1)
    assert stream.events()[-1].id


async def test_what_has_left_is_in_no_snapshot_and_not_counted_and_forgotten_with_the_ring() -> None:
    market = Market(ring_bytes=4000)
    waiting = market.join(key("*", 0, "1s"))
    market.tick("A", "B", bars=["A\t1s", "B\t1s"])
    market.tick(notices=[HALTED])
    market.tick(notices=[GONE])
    assert [*market.last] == [b"B"]
    assert [*market.hub.bars] == [b"B\t1s"]
    assert market.hub.count_symbols(waiting.group) == 1
    late = market.join(key("*", 0, "1s", "B"))
    assert market.hub.count_symbols(late.group) == 1
    assert [data for _, data in told(late, "snapshot")] == [[{"S": "B", "q": 1}]]
    assert told(late, "state") == []
    market.hub.forget_retired()
    assert b"A" in waiting.group.symbols
    for _ in range(40):
        market.tick("B")
    market.hub.forget_retired()
    for group in market.hub.groups.values():
        assert b"A" not in group.symbols
        assert b"A\t1s" not in group.bars
    assert b"A" not in market.hub.index.known
    market.tick("A")
    await market.settle()
    assert waiting.qs()[-1] == ("A", 1)
    market.hub.close()


@pytest.mark.parametrize("piece", [1, MAX_LOOKUP])
async def test_a_conflated_stream_that_comes_back_gets_no_bar_of_before_a_symbol_left(
    market: Market, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr("tickcast.gateway.store.event_log.MAX_LOOKUP", piece)
    bars = ["A\t1s", "A\t1m", "B\t1s"]
    market.tick("A", "B", bars=bars)
    cursor = market.ring.cursor
    for _ in range(3):
        market.tick("A", "B", bars=bars)
    market.tick("A", bars=bars, notices=[GONE])
    market.tick("A", bars=["A\t1s"])
    # The first of two times that it left hides nothing that came after the second.
    market.tick("A", bars=["A\t1m"], notices=[GONE])
    market.tick("A", "B", bars=bars)
    back = MemorySubscriber()
    market.resume().open(back, StreamRequest(key("*", 250, "1s,1m"), True, cursor))
    # What happens meanwhile is told behind what was missed, and takes nothing from that.
    market.tick(notices=[GONE])
    market.turn()
    await market.settle()
    hello, _status, *names = back.names()
    replayed = json.loads(back.events()[0].data)["replayed"]
    assert (hello, names[:replayed]) == ("hello", ["retired", "tick", "tick"] + ["bar"] * (replayed - 3))
    assert names[replayed:] == ["retired"]
    assert back.qs() == [("B", 5), ("A", 1)] or back.qs() == [("A", 1), ("B", 5)]
    assert [q for name, q in back.bars() if name == "B\t1s"] == [2, 3, 4, 5, 6]
    assert [each for each in back.bars() if each[0] != "B\t1s"] == [("A\t1s", 7), ("A\t1m", 7)]


@pytest.mark.parametrize("interval", [0, 250])
async def test_a_slow_stream_gets_it_with_the_gap(market: Market, interval: int) -> None:
    market.tick("A", "B")
    slow = market.join(key("*", interval))
    await market.settle()
    slow.stuck = True
    market.tick("B")
    market.turn()
    await market.settle()
    assert slow.state is State.LAGGING
    market.tick("A", notices=[GONE])
    slow.release()
    market.turn()
    await market.settle()
    before = len(slow.names()) - 1 - slow.names()[::-1].index("retired")
    assert slow.names()[before - 1] == ("gap" if interval == 0 else "tick")
    assert ("A", 2) not in slow.qs()


async def test_a_log_that_was_trimmed_too_early_hides_nothing_that_left(market: Market) -> None:
    streams = [market.join(key("*", interval)) for interval in (0, 250)]
    market.tick("A", "A", "A", "B", "C")
    market.turn()
    await market.settle()
    # A has left and returned, B has left, and this gateway heard neither.
    market.counts = {"A": 1, "C": 1}
    market.forget_in_redis(b"B")
    market.lose("A", reason="retention")
    market.turn()
    await market.settle()
    for stream in streams:
        left = [data["S"] + [data["reason"]] for _, data in told(stream, "retired")]
        assert left == [["A", "unknown"], ["B", "unknown"]]
        assert stream.names()[-3:] == ["retired", "gap", "snapshot"] or stream.names()[-2:] == [
            "gap",
            "snapshot",
        ]
        assert told(stream, "snapshot")[-1][1] == [{"S": "A", "q": 2}]


async def test_states_that_are_not_live_follow_each_snapshot(market: Market) -> None:
    market.tick("A", "B", notices=[HALTED])
    stream = market.join(key("*", 0, "1s"))
    assert stream.names() == ["snapshot", "state"]
    assert stream.events()[-1].id
    halted = {"S": "A", "state": "halted", "since": 7}
    assert told(stream, "state") == [("state", halted)]
    await market.settle()
    market.tick(notices=[LIVE, SymbolState("NOBODY", "halted", 1)])
    await market.settle()
    assert told(stream, "state")[1:] == [("state", {"S": "A", "state": "live", "since": 8})]
    assert market.join(key("*")).names() == ["snapshot"]
    assert market.hub.notices.states == {}


async def test_the_states_of_a_new_epoch_replace_those_of_the_old_one(market: Market) -> None:
    market.tick("A", "B", notices=[HALTED])
    market.lose("A", "B")
    assert market.join(key("*")).names() == ["snapshot"]


async def test_a_state_that_redis_no_longer_has_has_ended_and_streams_hear_it(market: Market) -> None:
    others = SymbolState("B", "closed", 3), SymbolState("C", "halted", 4)
    market.tick("A", "B", "C", "D", notices=[HALTED, others[0]])
    stream = market.join(key("*"))
    await market.settle()
    market.lose("D", states=[*others, SymbolState("D", "live", 5)], reason="retention")
    await market.settle()
    states = ["state", "state"]
    assert stream.names() == ["snapshot", *states, *states, "gap", "snapshot", *states]
    heard = {data["S"]: data for _, data in told(stream, "state")[2:4]}
    # It is live since the newest batch, at the latest: the same on every gateway.
    since = market.ring.position(0).ms * 1000
    assert heard["A"] == {"S": "A", "state": "live", "since": since}
    assert heard["C"] == {"S": "C", "state": "halted", "since": 4}
    assert sorted(market.hub.notices.states) == [b"B", b"C"]


async def test_what_was_not_heard_reaches_everything_that_what_was_heard_reaches(market: Market) -> None:
    heard: list[Notice] = []
    market.ingest.on_notices = heard.extend
    market.tick("A", "B", bars=["A\t1s"])
    market.forget_in_redis(b"A")
    market.forget_in_redis(b"A\t1s")
    halted = SymbolState("B", "halted", 4)
    market.lose("B", states=[halted], reason="retention")
    assert heard == [Retired("A", UNKNOWN), halted]
    assert market.ingest.retired == 1
    assert [*market.hub.bars] == []
    assert market.hub.count_symbols(market.join(key("*")).group) == 1


async def test_a_new_stream_counts_its_symbols_without_a_look_at_each(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"S{number}" for number in range(3000)]
    market.tick(*names)
    market.tick(notices=[Retired(name, "idle") for name in names[:1000]])
    group = market.join(key("S*")).group
    assert len(group.symbols) == 3000
    looks = []
    monkeypatch.setattr(LastValues, "__contains__", lambda self, symbol: looks.append(symbol))
    monkeypatch.setattr(group, "symbols", Watched(group.symbols, looks))
    assert [market.hub.count_symbols(group) for _ in range(100)] == [2000] * 100
    assert looks == []


class Watched(list[bytes]):
    """A list that notes each look at all of it."""

    def __init__(self, symbols: list[bytes], looks: list[bytes]) -> None:
        super().__init__(symbols)
        self._looks = looks

    def __iter__(self) -> Iterator[bytes]:
        self._looks.append(b"all")
        return super().__iter__()
