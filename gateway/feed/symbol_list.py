"""The document of `GET /v1/symbols`: kept until something has changed, and made at most so often.

A list of some symbols is cut from it: each name costs a bisection, and each prefix is one piece.
"""

import asyncio
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2s
from itertools import accumulate
from time import monotonic

from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import WeakEtag, weak_etag
from tickcast.runtime.metered import metered
from tickcast.runtime.slices import slice_end
from tickcast.wire.notice import without_state

FRESH = 1.0
"""Seconds after which ticks may have another `src` than the document says."""

REST = 20
"""Times the work of making the document, until it is made again: 1 ms for 500 symbols, 0.2 s for 100,000.

So whatever is asked for and whatever changes, it takes at most a twentieth of the gateway's time.
"""

DIGEST = 12
"""Bytes of the digest of an instrument's JSON."""

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
        self._symbols: list[bytes] = []
        """The symbols in it, sorted."""
        self._starts = array("Q", [1])
        """Where the JSON of each begins in it, and where the next one would."""
        self._digests = b""
        """A digest of the JSON of each, DIGEST bytes: to hash a long part itself takes 20 ms."""
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
            self._making = asyncio.create_task(metered(self._make()))
        if self._making is not None:
            # One client that goes away must not stop it for the others.
            await asyncio.shield(self._making)
        return self._document

    async def part(self, names: Iterable[bytes], prefixes: Iterable[bytes]) -> tuple[bytes, str]:
        """Return the JSON array of some instruments, by symbol, and its ETag.

        No two of `prefixes`, and none and one of `names`, may mean the same symbol.
        """
        body, _ = await self.document()
        starts, digests, runs = self._starts, self._digests, sorted(self._runs(names, prefixes))
        part = b"[%b]" % b",".join([body[starts[first] : starts[after] - 1] for first, after in runs])
        return part, weak_etag(b"".join([digests[first * DIGEST : after * DIGEST] for first, after in runs]))

    def _runs(self, names: Iterable[bytes], prefixes: Iterable[bytes]) -> Iterator[tuple[int, int]]:
        """Yield the runs of symbols in the document: the index of the first, and that after the last."""
        symbols = self._symbols
        for name in names:
            at = bisect_left(symbols, name)
            if at < len(symbols) and symbols[at] == name:
                yield at, at + 1
        for prefix in prefixes:
            first = bisect_left(symbols, prefix)
            # No symbol has a byte as great as this one.
            after = bisect_left(symbols, prefix + b"\xff", first)
            if first < after:
                yield first, after

    def _is_due(self) -> bool:
        now = monotonic()
        return now >= self._rests_until and (self._has_changed or now - self._looked > FRESH)

    async def _make(self) -> None:
        try:
            symbols, found, digests, etag, spent = await self._completed()
            began = monotonic()
            # What is the same keeps its bytes, which answers that wait may share.
            if etag != self._document[1]:
                self._document = b"[%b]" % b",".join(found), etag
                # A bracket or a comma is before each.
                self._symbols, self._digests = symbols, digests
                self._starts = array("Q", accumulate((len(json) + 1 for json in found), initial=1))
            now = monotonic()
            self._rests_until = now + REST * (spent + now - began)
        finally:
            self._making = None

    async def _completed(self) -> tuple[list[bytes], list[bytes], bytes, str, float]:
        """Return the symbols, the JSON and digest of each, the ETag of all, and the seconds that it took."""
        self._has_changed, self._looked = False, monotonic()
        self.made += 1
        # Symbols may leave meanwhile, which is a change for the next time.
        instruments, symbols, found = self._instruments, list[bytes](), list[bytes]()
        spent, began, until = 0.0, self._looked, slice_end()
        etag, digests = WeakEtag(), bytearray()
        etag.add(b"[")
        for symbol in sorted(instruments):
            if json := instruments.get(symbol):
                complete = self._complete(symbol, json)
                etag.add(b"," + complete if found else complete)
                symbols.append(symbol)
                found.append(complete)
                digests += blake2s(complete, digest_size=DIGEST).digest()
            if (now := monotonic()) > until:
                spent += now - began
                await asyncio.sleep(0)
                began, until = monotonic(), slice_end()
        etag.add(b"]")
        return symbols, found, bytes(digests), str(etag), spent + monotonic() - began

    def _complete(self, symbol: bytes, json: bytes) -> bytes:
        """Return the JSON of an instrument with `src`, if the newest tick has it, and its state."""
        bare = without_state(json)
        state = json[len(bare) - 1 :] if len(bare) < len(json) else _LIVE
        src = _SRC.search(self._last.get(symbol) or b"")
        return bare[:-1] + (src[0][:-1] if src else b"") + state
