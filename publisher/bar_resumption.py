"""Goes on with the bars that the publisher before left: what Redis holds of them, and the ticks since.

Bars may be some ticks behind when their publisher dies; those ticks are in the log. What is missing
there stays missing: the bars count what they have seen, and `q - n` shows the hole.
"""

import re
from collections.abc import Mapping

import structlog

from tickcast.publisher.bars import Bars
from tickcast.publisher.broker import LogEntries
from tickcast.publisher.forming import Forming, forming, minus
from tickcast.publisher.writer import Writer
from tickcast.wire.bar import INTERVALS, Bar, BarError, bar_key, decode_bar
from tickcast.wire.batch import BatchError, decode_batch
from tickcast.wire.position import Position
from tickcast.wire.tick import Tick, TickError, decode_tick

REACH = 10_000
"""ms of the log that are read. Bars are sent within two seconds; the rest is for a hung Redis."""

MAX_TICKS = 500_000
"""Ticks that are read, at most: more than two seconds of any feed, and a few seconds of work."""

_Q = re.compile(rb'"q":([0-9]{1,16}),')
_log = structlog.get_logger()


async def resume_bars(bars: Bars, writer: Writer, last: Mapping[str, tuple[Tick, int]]) -> None:
    """Bring `bars` to where the symbols of a claimed partition stand: the newest tick of each, and its `q`.

    Bars that ended meanwhile are in `bars.formed`.
    """
    held = _held_bars(writer, last)
    search = _Search(
        {symbol: (held[symbol][0].q if symbol in held else 0, q) for symbol, (_, q) in last.items()}
    )
    await _read_log(writer, search)
    for symbol, (tick, _) in last.items():
        resumed, seen = bars.of(symbol), 0
        if symbol in held:
            second, minute = held[symbol]
            resumed.resume(forming(second), _without(minute, second), second.q)
            seen = second.q
        for found_q, found in sorted(search.found.get(symbol, {}).items()):
            # Without the tick before it, it is not known what a tick traded.
            if found_q > seen and (found_q == 1 or resumed.begun):
                resumed.add(found, found_q)
            else:
                resumed.follow(found)
        resumed.follow(tick)


def _held_bars(writer: Writer, last: Mapping[str, tuple[Tick, int]]) -> dict[str, tuple[Bar, Bar]]:
    """Return second and minute of each symbol; what is none, or does not fit, is logged and forgotten."""
    found: dict[str, tuple[Bar, Bar]] = {}
    refused: dict[bytes, str] = {}
    for symbol, (_, q) in last.items():
        keys = [bar_key(symbol.encode("ascii"), interval) for interval in INTERVALS]
        if not any(key in writer.bars for key in keys):
            continue
        try:
            second, minute = (decode_bar(writer.bars.get(key, b"")) for key in keys)
            _check_pair(symbol, second, minute, q)
        except BarError as error:
            refused |= dict.fromkeys(keys, str(error))
        else:
            found[symbol] = second, minute
    known = {bar_key(symbol.encode("ascii"), interval) for symbol in found for interval in INTERVALS}
    refused |= {key: refused.get(key, "of no symbol") for key in writer.bars if key not in known}
    for key in refused:
        writer.bars.pop(key, None)
    if refused:
        key, why = next(iter(refused.items()))
        _log.warning("ignored bars in redis", count=len(refused), first=repr(key)[:80], error=why)
    return found


def _check_pair(symbol: str, second: Bar, minute: Bar, q: int) -> None:
    """Raise BarError unless the two are as a publisher sends them: at the same tick, one within the other."""
    if (second.symbol, second.interval, minute.symbol, minute.interval) != (symbol, "1s", symbol, "1m"):
        raise BarError("another symbol or interval")
    if second.q != minute.q or second.q > q:
        raise BarError(f"q: {second.q} and {minute.q}, the newest tick has {q}")
    if minute.start != second.start - second.start % INTERVALS["1m"] or second.ticks > minute.ticks:
        raise BarError("the second is not one of the minute")


def _without(minute: Bar, second: Bar) -> Forming | None:
    """Return a minute without its newest second; None if it has no other. High and low may be of either."""
    rest = forming(minute)
    rest.ticks -= second.ticks
    if not rest.ticks:
        return None
    taken = forming(second).volume
    if rest.volume is not None and taken is not None:
        rest.volume = minus(rest.volume, taken)
    return rest


class _Search:
    """The ticks that bars lack, and the one before them, which tells what was traded in the first."""

    def __init__(self, lacking: Mapping[str, tuple[int, int]]) -> None:
        """`lacking` has of each symbol the `q` that its bars have seen, and the newest."""
        self.found: dict[str, dict[int, Tick]] = {}
        self._ranges = {
            symbol.encode("ascii"): (seen, q) for symbol, (seen, q) in lacking.items() if seen < q
        }
        self._taken = 0
        self._left = sum(q - max(1, seen) + 1 for seen, q in self._ranges.values())

    @property
    def complete(self) -> bool:
        """True when nothing is lacking, or so much was found that the rest is let be."""
        return self._left <= 0 or self._taken >= MAX_TICKS

    def read(self, entry: Mapping[bytes, bytes]) -> None:
        """Take what is lacking from a log entry; one that is no batch has nothing."""
        try:
            ticks = decode_batch(entry.get(b"b", b"")).ticks
        except BatchError:
            return
        for symbol, json in ticks:
            bounds, match = self._ranges.get(symbol), _Q.search(json)
            if bounds is not None and match is not None and bounds[0] <= int(match[1]) <= bounds[1]:
                self._take(symbol.decode("ascii"), json)

    def _take(self, symbol: str, json: bytes) -> None:
        try:
            tick, q = decode_tick(json)
        except TickError:
            return
        known = self.found.setdefault(symbol, {})
        if q is not None and tick.symbol == symbol and q not in known:
            known[q] = tick
            self._left -= 1
            self._taken += 1


async def _read_log(writer: Writer, search: _Search) -> None:
    """Search the log from its newest end, as far as needed and no further than REACH."""
    floor, top = Position(max(0, writer.newest.ms - REACH), 0), str(writer.newest)
    while not search.complete:
        entries: LogEntries = await writer.log_back(top, floor)
        if not entries:
            return
        for _, fields in entries:
            search.read(fields)
        top = "(" + entries[-1][0].decode("ascii")
