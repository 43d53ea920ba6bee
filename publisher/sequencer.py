"""Numbers ticks, makes their JSON once for all readers, and counts them into bars. Pure.

`q` counts the ticks of each symbol, across restarts too, so that a client can prove by itself that it
lost no tick.
"""

from collections.abc import Iterable, Mapping

from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.bars.symbol_bars import SymbolBars
from tickcast.publisher.chunk import Chunk, bar_lines
from tickcast.publisher.derived_instruments import DerivedInstruments, described
from tickcast.publisher.reference_prices import ReferencePrices, after_turn, repeated
from tickcast.wire.batch import encode_lines
from tickcast.wire.bounds import MAX_SYMBOLS
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Notice, Retired, SymbolState, encode_notice
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, encode_tick


class _Counter:
    """Sequence number, partition and bars of one symbol."""

    __slots__ = ("bars", "key", "partition", "q")

    def __init__(self, symbol: str, partition: int, q: int, bars: BarFormer | None) -> None:
        self.q = q
        self.key = symbol.encode("ascii")
        self.partition = partition
        self.bars: SymbolBars | None = bars.of(symbol) if bars is not None else None


class Sequencer:
    """Numbers and encodes the ticks of a feed during one term of leadership."""

    def __init__(
        self,
        partitions: int,
        bars: Mapping[int, BarFormer] | None = None,
        led: Iterable[int] | None = None,
    ) -> None:
        """`bars` forms the bars of each partition; none: no bars are formed.

        Only ticks of the partitions `led` are numbered; None stands for all partitions.
        """
        self.refused = 0
        """Number of ticks left out because their symbols are beyond this publisher's part of MAX_SYMBOLS."""
        self.partitions = partitions
        """Number of all partitions of the feed."""
        self.states: dict[str, SymbolState] = {}
        """What was said last of each symbol that is not live."""
        self._bars: Mapping[int, BarFormer] = {} if bars is None else bars
        self._led = set(range(partitions) if led is None else led)
        self._foreign: set[str] = set()  # symbols of other partitions
        self._counters: dict[str, _Counter] = {}
        self._described: dict[str, Instrument] = {}
        self._returning: dict[str, Instrument] = {}
        """Instruments of retired symbols that the source describes: written again if they return."""
        self._derived = DerivedInstruments()
        self._references = ReferencePrices(self._bars, self.partition_of)
        self._end = "}"

    @property
    def symbols(self) -> int:
        """Number of symbols that have a tick."""
        return len(self._counters)

    def counts(self) -> dict[str, int]:
        """Return the newest sequence number of each symbol."""
        return {symbol: counter.q for symbol, counter in self._counters.items()}

    def newest(self, symbol: str) -> int | None:
        """Return the newest sequence number of a symbol; None if it has no tick."""
        counter = self._counters.get(symbol)
        return None if counter is None else counter.q

    def mark_invented(self, src: str) -> None:
        """Say in every tick from now on where it is from: `sim`, `rec`, or "" for a real price."""
        self._end = f',"src":"{src}"}}' if src else "}"

    def restore(self, symbol: str, q: int) -> None:
        """Continue after `q`, the symbol's newest sequence number in Redis."""
        partition = self.partition_of(symbol)
        self._counters[symbol] = _Counter(symbol, partition, q, self._bars.get(partition))

    def partition_of(self, symbol: str) -> int:
        """Return the partition of a symbol."""
        return partition_of(symbol.encode("ascii"), self.partitions)

    def leads(self, symbol: str) -> bool:
        """Tell whether ticks of a symbol are numbered here."""
        return self.partition_of(symbol) in self._led

    def leave(self, partition: int) -> None:
        """Number no ticks of a partition any more."""
        self._led.discard(partition)
        for symbol in [name for name, each in self._counters.items() if each.partition == partition]:
            del self._counters[symbol]
            self.states.pop(symbol, None)

    def restore_states(self, states: Iterable[SymbolState]) -> None:
        """Continue with what was said of symbols, as Redis has it. `restore` comes before."""
        for said in states:
            if said.symbol in self._counters:
                self._note(said)

    def _note(self, said: SymbolState) -> None:
        if said.state == "live":
            self.states.pop(said.symbol, None)
        else:
            self.states[said.symbol] = said

    def restore_instruments(self, instruments: Iterable[Instrument]) -> None:
        """Continue with instruments from Redis. Later ticks may make their tick sizes finer."""
        for instrument in instruments:
            self._derived.restore(instrument)
            self._references.know(instrument)

    def mark_described(self, instruments: Iterable[Instrument]) -> list[Instrument]:
        """Derive no instruments of these symbols: the source describes them itself. Return what holds now."""
        found = [repeated(each, self._derived.of(each.symbol)) for each in instruments]
        for instrument in found:
            self._described[instrument.symbol] = instrument
            self._references.know(instrument)
        return found

    def describes(self, symbol: str) -> bool:
        """Tell whether the source itself describes a symbol."""
        return symbol in self._described

    def knows(self, symbol: str) -> bool:
        """Tell whether a symbol has an instrument or a tick."""
        return symbol in self._counters or symbol in self._described or self._derived.of(symbol) is not None

    def describe(self, description: Description, fixed: bool = False) -> Instrument:
        """Return the instrument of a symbol with what is said of it.

        `fixed`: no price makes the tick size finer that is said.
        """
        symbol = description.symbol
        if (known := self._described.get(symbol)) is not None:
            changed = self._described[symbol] = described(known, description)
        else:
            changed = self._derived.describe(description, fixed)
        self._references.know(changed)
        if description.reference is not None and symbol in self._counters:
            self._references.note_given(symbol, self._counters[symbol].q)
        return changed

    def introduce(self, descriptions: Iterable[Description]) -> dict[int, Chunk]:
        """Return the instruments that descriptions change, by partition.

        Symbols of other partitions, and those for which there is no room, are left out.
        """
        found: dict[int, Chunk] = {}
        for description in descriptions:
            symbol = description.symbol
            if not self.leads(symbol) or not self.admit(symbol):
                continue
            returning = self._returning.pop(symbol, None)
            known = None if returning else self._described.get(symbol) or self._derived.of(symbol)
            if (instrument := self.describe(description, fixed=True)) != known:
                chunk = found.setdefault(self.partition_of(symbol), Chunk([], b""))
                chunk.instruments.append(instrument)
        return found

    def known(self, partition: int) -> set[str]:
        """Return the symbols of a partition that have a tick or an instrument."""
        every = {*self._counters, *self._described, *self._derived.symbols}
        return {each for each in every if self.partition_of(each) == partition}

    def fixed(self) -> list[Instrument]:
        """Return the instruments whose tick sizes were said, and not by the source's own instruments."""
        return [each for each in self._derived.fixed() if each.symbol not in self._described]

    def say(self, notices: Iterable[Notice]) -> dict[int, Chunk]:
        """Return notices of known symbols, at most CHUNK_NOTICES, by partition.

        A retired symbol is forgotten: if it returns, its `q` begins at 1.
        """
        said: dict[int, list[tuple[bytes, bytes]]] = {}
        for notice in notices:
            key, partition = notice.symbol.encode("ascii"), self.partition_of(notice.symbol)
            if partition not in self._led:
                continue
            if isinstance(notice, Retired):
                known = self._retire(notice.symbol, partition)
            elif known := notice.symbol in self._counters:
                self._note(notice)
            if known:
                said.setdefault(partition, []).append((key, encode_notice(notice)))
        return {
            partition: Chunk([], b"", notices=found, notice_lines=encode_lines(found))
            for partition, found in said.items()
        }

    def _retire(self, symbol: str, partition: int) -> bool:
        """Forget a symbol; tell whether it was known."""
        described = self._described.get(symbol)
        if described is not None:
            self._returning[symbol] = described
        known = self._derived.forget(symbol)
        self.states.pop(symbol, None)
        self._references.forget(symbol)
        if (bars := self._bars.get(partition)) is not None:
            bars.drop(symbol)
        return self._counters.pop(symbol, None) is not None or known or described is not None

    def admit(self, symbol: str) -> bool:
        """Count a symbol of a partition that is led; return False if there is no room for it."""
        if symbol in self._counters:
            return True
        if len(self._counters) >= self._room():
            return False
        return self._begin(symbol) is not None

    def _room(self) -> int:
        """Return how many symbols there may be here: MAX_SYMBOLS in all publishers of the feed together."""
        return MAX_SYMBOLS * len(self._led) // self.partitions

    def leads_partition(self, partition: int) -> bool:
        """Tell whether ticks of a partition are numbered here."""
        return partition in self._led

    def encode(self, ticks: list[Tick]) -> dict[int, Chunk]:
        """Number and encode valid `ticks`, at most CHUNK_TICKS. Return them by partition."""
        counters, described, end = self._counters, self._described, self._end
        split: dict[int, list[tuple[bytes, bytes]]] = {}
        derived: dict[int, list[Instrument]] = {}
        for tick in ticks:
            counter = counters.get(tick[0])
            if counter is None:
                counter = self._begin(tick[0])
                if counter is None:
                    continue
                if returning := self._returning.pop(tick[0], None):
                    self._references.know(returning)
                    derived.setdefault(counter.partition, []).append(returning)
            if tick[0] not in described and (news := self._derived.update(tick)):
                derived.setdefault(counter.partition, []).append(news)
            counter.q += 1
            if counter.bars is not None:
                counter.bars.add(tick, counter.q)
            pair = (counter.key, encode_tick(tick, counter.q, end))
            lines = split.get(counter.partition)
            if lines is None:
                split[counter.partition] = [pair]
            else:
                lines.append(pair)
        return {
            partition: self._chunk(partition, found, derived.get(partition, []) + self._turned(partition))
            for partition, found in split.items()
        }

    def _turned(self, partition: int) -> list[Instrument]:
        """Return the instruments of symbols whose day has turned, which have other references now."""
        found = []
        for turn in self._references.turns(partition):
            if (known := self._described.get(turn.symbol)) is not None:
                found.append(after_turn(known, turn, is_given=True))
                self._described[turn.symbol] = found[-1]
            elif (held := self._derived.of(turn.symbol)) is not None:
                found.append(after_turn(held, turn, is_given=False))
                self._derived.replace(found[-1])
        return found

    def _begin(self, symbol: str) -> _Counter | None:
        """Return the counter of a new symbol; None if it is of another partition, or one too many."""
        if symbol in self._foreign:
            return None
        partition = self.partition_of(symbol)
        if partition not in self._led:
            if len(self._foreign) < MAX_SYMBOLS:
                self._foreign.add(symbol)
            return None
        if len(self._counters) >= self._room():
            self.refused += 1
            return None
        counter = self._counters[symbol] = _Counter(symbol, partition, 0, self._bars.get(partition))
        return counter

    def _chunk(
        self, partition: int, ticks: list[tuple[bytes, bytes]], instruments: list[Instrument]
    ) -> Chunk:
        formed = self._bars[partition].take() if partition in self._bars else []
        return Chunk(ticks, encode_lines(ticks), instruments, formed, bar_lines(formed))
