"""Recovers the bars of the last publisher: bars from Redis, and from the log the ticks after them.

When a publisher dies, its bars in Redis may lack the newest ticks, which are in the log. A tick that the log
lacks too stays missing: bars count only ticks that were found, and `q - n` shows the hole. Readers get a gap.
"""

import re
from collections.abc import Mapping

import structlog

from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.bars.open_bar import OpenBar, minus, open_bar
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
        {symbol: (held[symbol][0].q if symbol in held else 0, q) for symbol, (_, q) in last.items()}
    )
    lost = [symbol for symbol in last if symbol not in held]
    for key in (writer.names.log(writer.partition), writer.names.ended_log(writer.partition)):
        await _read_log(writer, key, search, LOST_LOOKBACK if lost else LOOKBACK)
    for symbol, (tick, _) in last.items():
        restored, seen = bars.of(symbol), 0
        if symbol in held:
            second, minute = held[symbol]
            restored.restore(open_bar(second), _minute_without(minute, second), second.q)
            seen = second.q
        for found_q, found in sorted(search.found.get(symbol, {}).items()):
            # The traded volume of a tick is known only with the tick before it.
            if found_q > seen and (found_q == 1 or restored.begun):
                restored.add(found, found_q)
            else:
                restored.set_previous(found)
        restored.set_previous(tick)
    if lost:
        await _leave_out_final(bars, writer, lost)
    if any(search.lacks(symbol, second.q, last[symbol][1]) for symbol, (second, _) in held.items()):
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


def _stored_bars(writer: Writer, last: Mapping[str, tuple[Tick, int]]) -> dict[str, tuple[Bar, Bar]]:
    """Return the valid second and minute of each symbol in Redis. Others are logged and dropped."""
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
    """Raise BarError unless second and minute end with the same tick and the minute includes the second."""
    if (second.symbol, second.interval, minute.symbol, minute.interval) != (symbol, "1s", symbol, "1m"):
        raise BarError("another symbol or interval")
    if second.q != minute.q or second.q > q:
        raise BarError(f"q: {second.q} and {minute.q}, the newest tick has {q}")
    if minute.start != second.start - second.start % INTERVALS["1m"] or second.ticks > minute.ticks:
        raise BarError("the second is not one of the minute")


def _minute_without(minute: Bar, second: Bar) -> OpenBar | None:
    """Return a minute without its newest second; None if it has no other second. High and low stay."""
    rest = open_bar(minute)
    rest.ticks -= second.ticks
    if not rest.ticks:
        return None
    taken = open_bar(second).volume
    if rest.volume is not None and taken is not None:
        rest.volume = minus(rest.volume, taken)
    return rest


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
