"""Numbers ticks, makes their JSON once for all readers, and counts them into bars. Pure.

`q` counts the ticks of each symbol, across restarts too, so that a client can prove by itself that it
lost no tick.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tickcast.publisher.bars.forming import BarFormer, EncodedBars, SymbolBars
from tickcast.publisher.derived_instruments import DerivedInstruments
from tickcast.wire.bar import symbol_of
from tickcast.wire.batch import encode_lines
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.instrument import Instrument
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, encode_tick

CHUNK_TICKS = 1024
"""Ticks encoded at once, at most: never more than half a MiB."""


@dataclass(slots=True)
class Chunk:
    """Ticks of one partition, in order, ready to be sent."""

    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON) pairs."""
    lines: bytes
    """`ticks` as lines of a batch (`wire.batch`)."""
    instruments: list[Instrument] = field(default_factory=list)
    """New or finer instruments that were derived from these ticks."""
    bars: EncodedBars = field(default_factory=list)
    """Bars. Each tick that they count is in this chunk or an earlier one."""
    bar_lines: bytes = b""
    """`bars` as lines of a batch."""


def bars_chunk(formed: EncodedBars) -> Chunk:
    """Return a chunk that has bars and no ticks."""
    return Chunk([], b"", [], formed, _bar_lines(formed))


def _bar_lines(formed: EncodedBars) -> bytes:
    return encode_lines([(symbol_of(key), json) for key, json in formed])


class _Counter:
    """Sequence number, partition and bars of one symbol."""

    __slots__ = ("bars", "key", "partition", "q")

    def __init__(self, symbol: str, partitions: int, q: int, bars: Sequence[BarFormer]) -> None:
        self.q = q
        self.key = symbol.encode("ascii")
        self.partition = partition_of(self.key, partitions)
        self.bars: SymbolBars | None = bars[self.partition].of(symbol) if bars else None


class Sequencer:
    """Numbers and encodes the ticks of a feed during one term of leadership."""

    def __init__(self, partitions: int, bars: Sequence[BarFormer] = ()) -> None:
        """`bars` forms the bars of each partition, by partition; empty: no bars are formed."""
        self.refused = 0
        """Number of ticks left out because their symbols are beyond MAX_SYMBOLS."""
        self._partitions = partitions
        self._bars = bars
        self._counters: dict[str, _Counter] = {}
        self._described: set[str] = set()
        self._derived = DerivedInstruments()

    def restore(self, symbol: str, q: int) -> None:
        """Continue after `q`, the symbol's newest sequence number in Redis."""
        self._counters[symbol] = _Counter(symbol, self._partitions, q, self._bars)

    def restore_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Continue with instruments from Redis. Later ticks may make their tick sizes finer."""
        for instrument in instruments:
            self._derived.restore(instrument)

    def mark_described(self, symbols: Iterable[str]) -> None:
        """Derive no instruments of these symbols: the source describes them itself."""
        self._described.update(symbols)

    def encode(self, ticks: list[Tick]) -> dict[int, Chunk]:
        """Number and encode valid `ticks`, at most CHUNK_TICKS. Return them by partition."""
        counters, described = self._counters, self._described
        split: dict[int, list[tuple[bytes, bytes]]] = {}
        derived: dict[int, list[Instrument]] = {}
        for tick in ticks:
            counter = counters.get(tick[0])
            if counter is None:
                if len(counters) >= MAX_SYMBOLS:
                    self.refused += 1
                    continue
                counter = counters[tick[0]] = _Counter(tick[0], self._partitions, 0, self._bars)
            if tick[0] not in described and (news := self._derived.update(tick)):
                derived.setdefault(counter.partition, []).append(news)
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
            partition: self._chunk(partition, found, derived.get(partition, []))
            for partition, found in split.items()
        }

    def _chunk(
        self, partition: int, ticks: list[tuple[bytes, bytes]], instruments: list[Instrument]
    ) -> Chunk:
        formed = self._bars[partition].take() if self._bars else []
        return Chunk(ticks, encode_lines(ticks), instruments, formed, _bar_lines(formed))
