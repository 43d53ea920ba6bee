"""The metadata of the symbols (names, tick sizes, reference prices), read again when it may have changed.

Where prices come from (`src`) is what the newest tick of the symbol says. A symbol without a state is live.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog

from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.wire.instrument import InstrumentError, decode_instrument
from tickcast.wire.notice import Notice, Retired, in_state, without_state

REFRESH = 30.0
"""Seconds after which the instruments are read again in any case."""

SETTLE = 1.0
"""Seconds between two readings, at least, while new symbols come."""

FRESH = 1.0
"""Seconds for which the document is kept, although ticks may have another `src` meanwhile."""

_LIVE = b',"state":"live"}'
_SRC = re.compile(rb',"src":"[a-z]+"\}\Z')

log = structlog.get_logger()


class Instruments:
    """The instruments as JSON, as the publisher wrote them, and the name of its source."""

    def __init__(self, broker: Broker, last: LastValues, partitions: int) -> None:
        self.source = ""
        """Name of the publisher's source; empty if it is not known."""
        self._broker = broker
        self._last = last
        self._partitions = partitions
        self._rejects = Rejects()
        self._held: dict[bytes, bytes] = {}
        self._left: set[bytes] = set()
        """Symbols that have left since the newest reading began."""
        self._is_told = False
        """Whether something was said of a symbol since the newest reading began."""
        self._made: tuple[bytes, str] = b"[]", weak_etag(b"[]")
        self._made_at = 0.0

    @property
    def poisoned(self) -> int:
        """Instruments in Redis that could not be read; they count at every reading."""
        return self._rejects.count

    def hear(self, notices: Sequence[Notice]) -> None:
        """Take what was said of symbols."""
        for notice in notices:
            symbol = notice.symbol.encode("ascii")
            held = self._held.get(symbol)
            if isinstance(notice, Retired):
                self._left.add(symbol)
                self._held.pop(symbol, None)
            elif held is not None:
                self._held[symbol] = in_state(held, notice)
        self._is_told = True
        self._made_at = 0.0

    def document(self) -> tuple[bytes, str]:
        """Return the JSON array of all instruments, by symbol, and its ETag, the same on every gateway."""
        now = time.monotonic()
        if not self._made_at or now - self._made_at > FRESH:
            body = b"[%b]" % b",".join(map(self._complete, sorted(self._held)))
            self._made, self._made_at = (body, weak_etag(body)), now
        return self._made

    def _complete(self, symbol: bytes) -> bytes:
        """Return the JSON of an instrument with `src`, if the newest tick has it, and its state."""
        json = self._held[symbol]
        bare = without_state(json)
        state = json[len(bare) - 1 :] if len(bare) < len(json) else _LIVE
        src = _SRC.search(self._last.get(symbol) or b"")
        return bare[:-1] + (src[0][:-1] if src else b"") + state

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
            known = len(self._last)
            for _ in range(int(REFRESH / SETTLE)):
                await asyncio.sleep(SETTLE)
                with suppress(LinkError):
                    # Another publisher may lead by now, and simulated prices must be marked as such at once.
                    self.source = await self._broker.source()
                if len(self._last) != known or self._is_told:
                    break

    async def _read(self) -> None:
        self._left, self._is_told = set(), False
        held: dict[bytes, bytes] = {}
        for partition in range(self._partitions):
            for json in await self._broker.instruments(partition):
                try:
                    held[decode_instrument(json).symbol.encode("ascii")] = json
                except InstrumentError as error:
                    self._rejects.add("poisoned instrument skipped", partition=partition, error=str(error))
        for symbol in self._left:
            if symbol not in self._last:
                held.pop(symbol, None)
        self._held, self._made_at = held, 0.0
