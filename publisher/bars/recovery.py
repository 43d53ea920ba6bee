"""Recovers the bars of the last publisher: bars from Redis, and from the log the ticks after them.

When a publisher dies, its bars in Redis may lack the newest ticks, which are in the log. A tick that the log
lacks too stays missing: bars count only ticks that were found, and `q - n` shows the hole. Readers get a gap.
Quarters and days reach as far as the minute beside them, so they need nothing else of the log; what they
count is lost only where they are lost themselves.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.bars.long_bar import fits, without
from tickcast.publisher.bars.open_bar import open_bar
from tickcast.publisher.broker import LogEntries
from tickcast.publisher.left_behind import final_bars, read_log_back
from tickcast.publisher.writer import Writer
from tickcast.wire.bar import INTERVALS, Bar, BarError, bar_key, decode_bar
from tickcast.wire.batch import BatchError, decode_batch
from tickcast.wire.position import START, Position, parse_position
from tickcast.wire.tick import Tick, TickError, decode_tick

LOOKBACK = 10_000
"""ms of the log that are read, at most. Bars are sent within two seconds; the rest is for a hung Redis."""

LOST_LOOKBACK = 61_000
"""ms of the log that are read, at most, if Redis has lost bars: their minute, and a tick before it."""

MAX_RECOVERED_TICKS = 500_000
"""Ticks that are recovered from the log, at most: over two seconds of any feed, a few seconds of work."""

_Q = re.compile(rb'"q":([0-9]{1,16}),')
_log = structlog.get_logger()


async def recover_bars(bars: BarFormer, writer: Writer, last: Mapping[str, tuple[Tick, int]]) -> None:
    """Bring `bars` up to the newest tick of each symbol of a claimed partition.

    `last` has the newest tick of each symbol and its `q`. Bars that ended before it are in `bars.ended`.
    """
    held = _stored_bars(writer, last)
    search = _LogSearch(
        {symbol: (held[symbol].q if symbol in held else 0, q) for symbol, (_, q) in last.items()}
    )
    lost = [symbol for symbol in last if symbol not in held or held[symbol].minute is None]
    for key in (writer.names.log(writer.partition), writer.names.ended_log(writer.partition)):
        await _read_log(writer, key, search, LOST_LOOKBACK if lost else LOOKBACK)
    for symbol, (tick, _) in last.items():
        restored, seen = bars.of(symbol), 0
        if symbol in held:
            second, minute, long, seen = held[symbol]
            if second is not None and minute is not None:
                restored.restore(open_bar(second), without(minute, second), second.q)
            restored.restore_long(long, minute)
        for found_q, found in sorted(search.found.get(symbol, {}).items()):
            # The traded volume of a tick is known only with the tick before it.
            if found_q > seen and (found_q == 1 or restored.begun):
                restored.add(found, found_q)
            else:
                restored.set_previous(found)
        restored.set_previous(tick)
    # The last publisher has drawn the conclusions from its days: these ticks are in its log.
    bars.take_turned()
    if lost:
        await _leave_out_final(bars, writer, lost)
    if any(search.lacks(symbol, each.q, last[symbol][1]) for symbol, each in held.items()):
        await writer.renew("a log without ticks that the bars lack")


async def _leave_out_final(bars: BarFormer, writer: Writer, symbols: list[str]) -> None:
    """Leave out of `bars.ended` the bars that are final in Redis: formed again, they may have less."""
    keys = [bar_key(symbol.encode("ascii"), interval) for symbol in symbols for interval in INTERVALS]
    final = await final_bars(writer, keys)
    bars.ended = [(key, json) for key, json in bars.ended if _start(json) > _start(final.get(key, b""))]


def _start(json: bytes) -> int:
    """Return when a bar begins, µs since 1970; -1 if `json` is no bar."""
    try:
        return decode_bar(json).start
    except BarError:
        return -1


class _Stored(NamedTuple):
    """The newest bars of a symbol in Redis that fit each other."""

    second: Bar | None
    minute: Bar | None
    """None, as the second is, if one of them was lost."""
    long: dict[str, Bar]
    """Quarter and day, by interval, as far as they are there."""
    q: int
    """Sequence number of the last tick that they count."""


def _stored_bars(writer: Writer, last: Mapping[str, tuple[Tick, int]]) -> dict[str, _Stored]:
    """Return what Redis has of the bars of each symbol. Bars that do not fit are logged and dropped."""
    found: dict[str, _Stored] = {}
    refused: dict[bytes, str] = {}
    for symbol, (_, q) in last.items():
        held = {
            name: key
            for name in INTERVALS
            if (key := bar_key(symbol.encode("ascii"), name)) in writer.held.bars
        }
        if held:
            stored = _stored(writer.held.bars, held, symbol, q, refused)
            if stored.minute is not None or stored.long:
                found[symbol] = stored
    known = {bar_key(symbol.encode("ascii"), interval) for symbol in last for interval in INTERVALS}
    refused |= {key: "of no symbol" for key in writer.held.bars if key not in known}
    for key in refused:
        writer.held.bars.pop(key, None)
    if refused:
        key, why = next(iter(refused.items()))
        _log.warning("ignored bars in redis", count=len(refused), first=repr(key)[:80], error=why)
    return found


def _stored(
    bars: Mapping[bytes, bytes], held: Mapping[str, bytes], symbol: str, q: int, refused: dict[bytes, str]
) -> _Stored:
    """Return the bars of a symbol by their keys `held`; add to `refused` those that do not fit."""
    second: Bar | None = None
    minute: Bar | None = None
    try:
        second, minute = (_decoded(bars, held, symbol, name, q) for name in ("1s", "1m"))
        _check_pair(second, minute)
    except BarError as error:
        second = minute = None
        refused |= {held[name]: str(error) for name in ("1s", "1m") if name in held}
    long: dict[str, Bar] = {}
    for name in held.keys() - {"1s", "1m"}:
        try:
            bar = _decoded(bars, held, symbol, name, q)
            if minute is not None and not fits(bar, minute):
                raise BarError(f"q: {bar.q} does not fit the minute, which has {minute.q}")
            long[name] = bar
        except BarError as error:
            refused[held[name]] = str(error)
    if minute is None and len({bar.q for bar in long.values()}) > 1:
        # Without the minute nobody knows which ticks the one has that the other lacks.
        refused |= {held[name]: "the minute is lost, and they end with different ticks" for name in long}
        long = {}
    ends = [bar.q for bar in long.values()] if minute is None else [minute.q]
    return _Stored(second, minute, long, max(ends, default=0))


def _decoded(bars: Mapping[bytes, bytes], held: Mapping[str, bytes], symbol: str, name: str, q: int) -> Bar:
    """Return a bar of a symbol and an interval. Raises BarError."""
    found = decode_bar(bars[held[name]] if name in held else b"")
    if (found.symbol, found.interval) != (symbol, name):
        raise BarError("another symbol or interval")
    if found.q > q:
        raise BarError(f"q: {found.q}, the newest tick has {q}")
    return found


def _check_pair(second: Bar, minute: Bar) -> None:
    """Raise BarError unless second and minute end with the same tick and the minute includes the second."""
    if second.q != minute.q:
        raise BarError(f"q: {second.q} and {minute.q}")
    if minute.start != second.start - second.start % INTERVALS["1m"] or second.ticks > minute.ticks:
        raise BarError("the second is not one of the minute")


class _LogSearch:
    """Searches log entries for the ticks that bars lack, and for the tick before the first of them."""

    def __init__(self, lacking: Mapping[str, tuple[int, int]]) -> None:
        """`lacking` has the last `q` that the bars of each symbol count, and its newest `q`."""
        self.found: dict[str, dict[int, Tick]] = {}
        self._ranges = {
            symbol.encode("ascii"): (seen, q) for symbol, (seen, q) in lacking.items() if seen < q
        }
        self._taken = 0
        self._left = sum(q - max(1, seen) + 1 for seen, q in self._ranges.values())

    @property
    def complete(self) -> bool:
        """True if every tick was found, or the most that are recovered."""
        return self._left <= 0 or self._taken >= MAX_RECOVERED_TICKS

    def lacks(self, symbol: str, seen: int, q: int) -> bool:
        """Tell whether any tick of a symbol, after `seen` and up to `q`, was not found."""
        return sum(found > seen for found in self.found.get(symbol, ())) < q - seen

    def read(self, entry: Mapping[bytes, bytes]) -> bool:
        """Collect the wanted ticks of a log entry. An entry that is not a batch is ignored: return False."""
        try:
            ticks = decode_batch(entry.get(b"b", b"")).ticks
        except BatchError:
            return False
        for symbol, json in ticks:
            bounds, match = self._ranges.get(symbol), _Q.search(json)
            if bounds is not None and match is not None and bounds[0] <= int(match[1]) <= bounds[1]:
                self._take(symbol.decode("ascii"), json)
        return True

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


async def _read_log(writer: Writer, key: str, search: _LogSearch, lookback: int) -> None:
    """Search a log back from its newest batch until the search is complete, at most `lookback` ms.

    That batch may be much older than now: the last publisher may have had no Redis for long before it died.
    """
    floor, top = START, "+"
    while not search.complete:
        entries: LogEntries = await read_log_back(writer, key, top, floor)
        if not entries:
            return
        for id_, fields in entries:
            if search.read(fields) and floor == START:
                floor = Position(max(0, parse_position(id_).ms - lookback), 0)
        top = "(" + entries[-1][0].decode("ascii")
