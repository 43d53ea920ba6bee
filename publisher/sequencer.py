"""Numbers ticks, makes their JSON, once for all readers, and counts them into bars. Pure: it does no I/O.

`q` counts up by one for each symbol, over restarts too, so that a client can prove for
itself that it lost nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tickcast.publisher.bars import Bars, Formed, SymbolBars
from tickcast.publisher.derived import Derived
from tickcast.wire.batch import encode_lines
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.instrument import Instrument
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, encode_tick

CHUNK_TICKS = 1024
"""Ticks encoded in one go, at most; so much is never more than half a MiB."""


@dataclass(slots=True)
class Chunk:
    """Ticks of one partition, in order, ready to be sent."""

    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON)."""
    lines: bytes
    """The same as `wire.batch` lines."""
    instruments: list[Instrument] = field(default_factory=list)
    """What these ticks tell of symbols that the source has not described."""
    bars: Formed = field(default_factory=list)
    """Bars, which have seen no tick that comes later than these."""
    bar_lines: bytes = b""
    """The same as `wire.batch` lines."""


def bars_chunk(formed: Formed) -> Chunk:
    """Return a chunk of bars alone."""
    return Chunk([], b"", [], formed, _bar_lines(formed))


def _bar_lines(formed: Formed) -> bytes:
    return encode_lines([(key.partition(b" ")[0], json) for key, json in formed])


class _Counter:
    """What is known of one symbol."""

    __slots__ = ("bars", "key", "partition", "q")

    def __init__(self, symbol: str, partitions: int, q: int, bars: Sequence[Bars]) -> None:
        self.q = q
        self.key = symbol.encode("ascii")
        self.partition = partition_of(self.key, partitions)
        self.bars: SymbolBars | None = bars[self.partition].of(symbol) if bars else None


class Sequencer:
    """Counts every symbol of a feed. One per term of leadership."""

    def __init__(self, partitions: int, bars: Sequence[Bars] = ()) -> None:
        """`bars` are those of each partition; none: no bars are formed."""
        self.refused = 0
        """Ticks of symbols beyond MAX_SYMBOLS, which were not taken."""
        self._partitions = partitions
        self._bars = bars
        self._counters: dict[str, _Counter] = {}
        self._described: set[str] = set()
        self._derived = Derived()

    def resume(self, symbol: str, q: int) -> None:
        """Go on after `q`, the newest sequence that Redis holds of the symbol."""
        self._counters[symbol] = _Counter(symbol, self._partitions, q, self._bars)

    def remember(self, instruments: Iterable[Instrument]) -> None:
        """Go on from these, which Redis holds; ticks may tell more of those that `describe` does not name."""
        for instrument in instruments:
            self._derived.resume(instrument)

    def describe(self, symbols: Iterable[str]) -> None:
        """Take note that the source describes these symbols itself."""
        self._described.update(symbols)

    def encode(self, ticks: list[Tick]) -> dict[int, Chunk]:
        """Return valid `ticks`, at most CHUNK_TICKS, numbered and encoded, by partition."""
        counters, described = self._counters, self._described
        split: dict[int, list[tuple[bytes, bytes]]] = {}
        told: dict[int, list[Instrument]] = {}
        for tick in ticks:
            counter = counters.get(tick[0])
            if counter is None:
                if len(counters) >= MAX_SYMBOLS:
                    self.refused += 1
                    continue
                counter = counters[tick[0]] = _Counter(tick[0], self._partitions, 0, self._bars)
            if tick[0] not in described and (news := self._derived.see(tick)):
                told.setdefault(counter.partition, []).append(news)
            counter.q += 1
            if counter.bars is not None:
                counter.bars.add(tick, counter.q)
            pair = (counter.key, encode_tick(tick, counter.q))
            lines = split.get(counter.partition)
            if lines is None:
                split[counter.partition] = [pair]
            else:
                lines.append(pair)
        return {
            partition: self._chunk(partition, found, told.get(partition, []))
            for partition, found in split.items()
        }

    def _chunk(
        self, partition: int, ticks: list[tuple[bytes, bytes]], instruments: list[Instrument]
    ) -> Chunk:
        formed = self._bars[partition].take() if self._bars else []
        return Chunk(ticks, encode_lines(ticks), instruments, formed, _bar_lines(formed))
