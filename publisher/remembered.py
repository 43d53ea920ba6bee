"""What a publisher remembers of a partition: what it writes back into a Redis that has lost it. Pure."""

from collections.abc import Iterable

from tickcast.publisher.chunk import Chunk
from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.notice import state_in, with_state


class Remembered:
    """The newest values of a partition, as Redis has them."""

    def __init__(self) -> None:
        self.last: dict[bytes, bytes] = {}
        """Symbol -> JSON of its newest tick in Redis."""
        self.symbols: dict[bytes, bytes] = {}
        """Symbol -> JSON of its instrument in Redis."""
        self.bars: dict[bytes, bytes] = {}
        """Bar key -> JSON of its newest bar in Redis."""

    def describe(self, instruments: Iterable[Instrument]) -> dict[bytes, bytes]:
        """Take new or changed instruments; return them as Redis is to have them. A symbol keeps its state."""
        added = {}
        for each in instruments:
            symbol, json = each.symbol.encode("ascii"), encode_instrument(each)
            state = state_in(self.symbols.get(symbol, b""))
            added[symbol] = json if state is None else with_state(json, state)
        self.symbols.update(added)
        return added

    def take(self, chunk: Chunk) -> int:
        """Take what publish.lua has made of a chunk; return how many symbols have left with it."""
        self.last.update(chunk.ticks)
        self.bars.update(chunk.bars)
        return sum(self._take_notice(symbol, notice) for symbol, notice in chunk.notices)

    def _take_notice(self, symbol: bytes, notice: bytes) -> bool:
        """Take a notice; tell whether the symbol has left."""
        held = self.symbols.get(symbol)
        if state_in(notice) is not None:
            if held is not None:
                self.symbols[symbol] = with_state(held, notice)
            return False
        self.symbols.pop(symbol, None)
        self.last.pop(symbol, None)
        for interval in INTERVALS:
            self.bars.pop(bar_key(symbol, interval), None)
        return True
