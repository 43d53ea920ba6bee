"""Which symbols are stale because nothing is heard of them any more, and live again with their next tick.

What a source says itself of a symbol holds: a symbol that is halted or closed need not have ticks.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tickcast.publisher.chunk import CHUNK_NOTICES
from tickcast.publisher.idle_symbols import IdleSymbols
from tickcast.publisher.sequencer import Sequencer
from tickcast.wire.notice import Notice, SymbolState

PERIOD = 0.5
"""Seconds between two looks: so late a symbol can be said to be live again."""

HasRoom = Callable[[str], bool]
"""Tells whether the pipeline of a symbol takes a notice without a wait."""

Look = Callable[[HasRoom], list[Notice]]


class Silence:
    """Looks for symbols without ticks, and for those that have ticks again, until it is cancelled."""

    def __init__(
        self,
        after: float,
        sequencer: Sequencer,
        say: Callable[[Look], Awaitable[bool]],
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`after` is in seconds; 0: no symbol becomes stale by itself.

        `say` calls back, and publishes the notices that it gets before any tick is numbered or anything else
        said; it returns whether there were any. `clock` and `now` return seconds, by a clock that never
        jumps and since 1970.
        """
        self._after = after
        self._sequencer = sequencer
        self._say = say
        self._now = now
        self._idle = IdleSymbols(after, clock)
        self._found: list[tuple[str, int | None, int]] = []
        """Symbols that are idle and may have to be said to be stale: symbol, `q`, since when in µs."""
        self._mute: dict[str, int | None] = {}
        """Stale symbols that are live again with their next tick -> their `q` now."""

    async def run(self) -> None:
        """Call it once the term has taken over, before the first tick of the source."""
        if not self._after:
            return
        self._take_over()
        while True:
            if not await self._say(self.look):
                await asyncio.sleep(PERIOD)

    def _take_over(self) -> None:
        # Who found them stale is not known any more, and a tick of the source proves that it is not mute.
        for symbol, said in self._sequencer.states.items():
            if said.state == "stale":
                self._mute[symbol] = self._sequencer.newest(symbol)

    def look(self, has_room: HasRoom) -> list[Notice]:
        """Return what has to be said now, at most CHUNK_NOTICES; the rest is found by the next look."""
        found: list[Notice] = []
        if not self._found:
            # Once for all that is found now: there may be 100,000 of them, 500 in a call.
            found = self._returned(has_room)
            self._found = [
                (symbol, self._sequencer.newest(symbol), self._micros(seconds))
                for symbol, seconds in self._idle.look(self._sequencer.counts).items()
            ]
        while self._found and len(found) < CHUNK_NOTICES:
            symbol, q, since = self._found.pop()
            # It may have had a tick since, or its source has said something.
            is_idle = self._sequencer.newest(symbol) == q and symbol not in self._sequencer.states
            if is_idle and has_room(symbol):
                self._mute[symbol] = q
                found.append(SymbolState(symbol, "stale", since))
        return found

    def _returned(self, has_room: HasRoom) -> list[Notice]:
        found: list[Notice] = []
        for symbol, q in [*self._mute.items()]:
            said = self._sequencer.states.get(symbol)
            if said is None or said.state != "stale":
                # Its source has said something since: that holds.
                del self._mute[symbol]
            elif self._sequencer.newest(symbol) != q and has_room(symbol):
                del self._mute[symbol]
                found.append(SymbolState(symbol, "live", self._micros(0.0)))
                if len(found) == CHUNK_NOTICES:
                    break
        return found

    def _micros(self, ago: float) -> int:
        return int((self._now() - ago) * 1_000_000)
