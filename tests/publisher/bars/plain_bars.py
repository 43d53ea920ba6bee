"""Bars the plain way: of all ticks of a symbol, put together at the end. The publisher's must equal them."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

from tickcast.wire.bar import INTERVALS
from tickcast.wire.batch import Batch
from tickcast.wire.tick import Tick, decode_tick

SECOND = INTERVALS["1s"]


def decoded(bar: bytes) -> dict[str, Any]:
    """Return a bar's members, numbers as the text that they were sent as but for the volume."""
    members: dict[str, Any] = json.loads(bar, parse_float=str, parse_int=str)
    return members | ({"v": Decimal(members["v"])} if "v" in members else {})


def final(sent: list[dict[str, Any]], symbol: str, interval: str) -> list[dict[str, Any]]:
    """Return the last state of each bar, in order."""
    states: list[dict[str, Any]] = []
    for bar in sent:
        if (bar["S"], bar["i"]) == (symbol, interval):
            if states and states[-1]["t"] == bar["t"]:
                states.pop()
            states.append(bar)
    return states


def starts(times: list[int], interval: int) -> list[int]:
    """Return the start of the bar that each time belongs to, by the rules as they are told."""
    second, found = None, []
    for time in times:
        if second is None or time >= second + SECOND or time < second - 60 * SECOND:
            second = time - time % SECOND
        found.append(second - second % interval)
    return found


def volume_of(before: Tick | None, tick: Tick) -> Decimal:
    if tick.volume is not None and before is not None and before.volume is not None:
        if tick.volume == before.volume:
            return Decimal(0)
        grown = max(Decimal(0), Decimal(tick.volume) - Decimal(before.volume))
        return grown if tick.size is None else Decimal(tick.size)
    repeats = (
        before is not None
        and (tick.price, tick.size) == (before.price, before.size)
        and (tick.bid, tick.bid_size, tick.ask, tick.ask_size)
        != (before.bid, before.bid_size, before.ask, before.ask_size)
    )
    return Decimal(0) if tick.size is None or repeats else Decimal(tick.size)


def plain(ticks: list[Tick], interval: str) -> list[dict[str, Any]]:
    """Return the bars of one symbol, put together from all its ticks at the end."""
    runs: list[tuple[int, list[int]]] = []
    for place, start in enumerate(starts([tick.time for tick in ticks], INTERVALS[interval])):
        if not runs or runs[-1][0] != start:
            runs.append((start, []))
        runs[-1][1].append(place)
    found = []
    for start, places in runs:
        prices = [ticks[place].price for place in places]
        bar: dict[str, Any] = {"S": ticks[0].symbol, "i": interval, "t": str(start), "n": str(len(places))}
        bar |= {"o": prices[0], "c": prices[-1], "h": max(prices, key=Decimal), "l": min(prices, key=Decimal)}
        if any(ticks[place].size or ticks[place].volume for place in places):
            volumes = (volume_of(ticks[place - 1] if place else None, ticks[place]) for place in places)
            bar["v"] = sum(volumes, Decimal(0))
        found.append(bar | {"q": str(places[-1] + 1)})
    return found


def sent_in(batches: list[Batch]) -> list[dict[str, Any]]:
    """Return all bars of a log, in order."""
    return [decoded(bar) for batch in batches for _, bar in batch.bars]


def assert_true_to_the_ticks(batches: list[Batch]) -> int:
    """Check every bar of a whole log against its ticks, and return how many there are in the end."""
    ticks: dict[str, list[Tick]] = defaultdict(list)
    sent = []
    for batch in batches:
        for _, json_ in batch.ticks:
            tick, q = decode_tick(json_)
            ticks[tick.symbol].append(tick)
            assert q == len(ticks[tick.symbol])
        for _, json_ in batch.bars:
            sent.append(decoded(json_))
            assert int(sent[-1]["q"]) <= len(ticks[sent[-1]["S"]]), "a bar came before its ticks"
    count = 0
    for symbol, seen in ticks.items():
        for interval in INTERVALS:
            expected = plain(seen, interval)
            assert final(sent, symbol, interval) == expected
            count += len(expected)
    return count
