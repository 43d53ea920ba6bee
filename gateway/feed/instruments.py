"""The metadata of the symbols (names, tick sizes, reference prices), read again when it may have changed.

Where prices come from (`src`) is what the newest tick of the symbol says. A symbol without a state is live.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.feed.symbol_list import SymbolList
from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.wire.instrument import InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.notice import Notice, Retired, in_state, state_in, with_state

REFRESH = 30.0
"""Seconds after which the instruments are read again in any case."""

SETTLE = 1.0
"""Seconds between two readings, at least, while new symbols come."""

READ_AT_ONCE = 200
"""Instruments that are read without a pause: a ms. A feed may have 100,000."""

log = structlog.get_logger()


class Instruments:
    """The instruments as JSON, as the publisher wrote them, and the name of its source."""

    def __init__(self, broker: Broker, last: LastValues, partitions: int) -> None:
        self.source = ""
        """Name of the publisher's source; empty if it is not known."""
        self._broker = broker
        self._last = last
        self._partitions = partitions
        self.list = SymbolList(last)
        """The document that lists them."""
        self._rejects = Rejects()
        self._held: dict[bytes, bytes] = {}
        self._checked: dict[bytes, tuple[bytes, tuple[bytes, bytes]]] = {}
        """JSON of the newest reading -> itself, symbol, what is held: most are the same at the next one."""
        self._heard: list[Notice] | None = None
        """What was said of symbols since the reading began that goes on now; None: there is none."""
        self._left = 0
        """How many symbols have left since the newest reading began."""

    @property
    def poisoned(self) -> int:
        """Instruments in Redis that could not be read; they count at every reading."""
        return self._rejects.count

    def hear(self, notices: Sequence[Notice]) -> None:
        """Take what was said of symbols."""
        if self._heard is not None:
            self._heard += notices
        self._left += sum(isinstance(notice, Retired) for notice in notices)
        self._apply(notices)
        self.list.change(self._held)

    def _apply(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            symbol = notice.symbol.encode("ascii")
            if isinstance(notice, Retired):
                self._held.pop(symbol, None)
            elif held := self._held.get(symbol):
                self._held[symbol] = in_state(held, notice)

    async def run(self) -> None:
        """Read the instruments, again and again, until cancelled."""
        while True:
            try:
                self.source = await self._broker.source()
                await self._read()
            except LinkError as error:
                log.debug("instruments not read", error=str(error))
                await asyncio.sleep(SETTLE)
                continue
            known = len(self._last) + self._left
            for _ in range(int(REFRESH / SETTLE)):
                await asyncio.sleep(SETTLE)
                with suppress(LinkError):
                    # Another publisher may lead by now, and simulated prices must be marked as such at once.
                    self.source = await self._broker.source()
                # Of those that have left, nothing needs to be read.
                if len(self._last) + self._left != known:
                    break

    async def _read(self) -> None:
        self._heard, self._left = [], 0
        try:
            held = await self._read_all()
            # What Redis answered may be older than what was heard meanwhile.
            heard = [each for each in self._heard if not self._has_returned(each)]
            if held == self._held and not heard:
                return
            self._held = dict(sorted(held.items()))
            self._apply(heard)
        finally:
            self._heard = None
        self.list.change(self._held)

    async def _read_all(self) -> dict[bytes, bytes]:
        held: dict[bytes, bytes] = {}
        before, self._checked = self._checked, {}
        for partition in range(self._partitions):
            for at, json in enumerate(await self._broker.instruments(partition), 1):
                if at % READ_AT_ONCE == 0:
                    await asyncio.sleep(0)
                # The bytes of the reading before if they are the same: else each would be held twice.
                json, checked = before.get(json) or (json, self._check(partition, json))
                if checked is not None:
                    self._checked[json] = json, checked
                    symbol, own = checked
                    held[symbol] = own
        return held

    def _check(self, partition: int, json: bytes) -> tuple[bytes, bytes] | None:
        """Return the symbol of an instrument and its JSON; None if it is poisoned."""
        try:
            found = decode_instrument(json)
        except InstrumentError as error:
            self._rejects.add("poisoned instrument skipped", partition=partition, error=str(error))
            return None
        # Encoded again: other fields, and what no browser can read, would be served to everybody.
        own = with_state(encode_instrument(found), state_in(json) or b"")
        return found.symbol.encode("ascii"), json if own == json else own

    def _has_returned(self, notice: Notice) -> bool:
        return isinstance(notice, Retired) and notice.symbol.encode("ascii") in self._last
