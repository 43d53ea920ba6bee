"""The document of `GET /v1/symbols`: kept until something has changed, and made at most so often."""

import asyncio
import re
from collections.abc import Mapping
from time import monotonic

from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.slices import slice_end
from tickcast.wire.notice import without_state

FRESH = 1.0
"""Seconds after which ticks may have another `src` than the document says."""

REST = 20
"""Times the work of making the document, until it is made again: 1 ms for 500 symbols, 0.2 s for 100,000.

So whatever is asked for and whatever changes, it takes at most a twentieth of the gateway's time.
"""

_LIVE = b',"state":"live"}'
_SRC = re.compile(rb',"src":"[a-z]+"\}\Z')


class SymbolList:
    """The JSON array of all instruments, and its ETag."""

    def __init__(self, last: LastValues) -> None:
        """`last` has the newest tick of each symbol, which says where its price comes from."""
        self.made = 0
        """How often the document was made."""
        self._last = last
        self._instruments: Mapping[bytes, bytes] = {}
        self._has_changed = False
        self._document = b"[]", weak_etag(b"[]")
        self._looked = 0.0
        """When it was made last, in seconds by `time.monotonic`, as the next one."""
        self._rests_until = 0.0
        self._making: asyncio.Task[None] | None = None

    def change(self, instruments: Mapping[bytes, bytes]) -> None:
        """Take the JSON of all instruments, by symbol; call it after each change of them."""
        self._instruments = instruments
        self._has_changed = True

    async def document(self) -> tuple[bytes, str]:
        """Return the JSON array of all instruments, by symbol, and its ETag, the same on every gateway.

        All who ask at once share one that is being made.
        """
        if self._making is None and self._is_due():
            self._making = asyncio.create_task(self._make())
        if self._making is not None:
            # One client that goes away must not stop it for the others.
            await asyncio.shield(self._making)
        return self._document

    def _is_due(self) -> bool:
        now = monotonic()
        return now >= self._rests_until and (self._has_changed or now - self._looked > FRESH)

    async def _make(self) -> None:
        try:
            body, spent = await self._joined()
            began = monotonic()
            if body != self._document[0]:
                self._document = body, weak_etag(body)
            now = monotonic()
            self._rests_until = now + REST * (spent + now - began)
        finally:
            self._making = None

    async def _joined(self) -> tuple[bytes, float]:
        """Return the JSON array, and the seconds of work that it took."""
        self._has_changed, self._looked = False, monotonic()
        self.made += 1
        # Symbols may leave meanwhile, which is a change for the next time.
        instruments, found = self._instruments, []
        spent, began, until = 0.0, self._looked, slice_end()
        for symbol in sorted(instruments):
            if json := instruments.get(symbol):
                found.append(self._complete(symbol, json))
            if (now := monotonic()) > until:
                spent += now - began
                await asyncio.sleep(0)
                began, until = monotonic(), slice_end()
        body = b"[%b]" % b",".join(found)
        return body, spent + monotonic() - began

    def _complete(self, symbol: bytes, json: bytes) -> bytes:
        """Return the JSON of an instrument with `src`, if the newest tick has it, and its state."""
        bare = without_state(json)
        state = json[len(bare) - 1 :] if len(bare) < len(json) else _LIVE
        src = _SRC.search(self._last.get(symbol) or b"")
        return bare[:-1] + (src[0][:-1] if src else b"") + state
