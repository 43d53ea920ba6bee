"""The document of `/v1/snapshot`: made in pieces, and that of a large feed kept for a moment."""

import asyncio
import time
from collections.abc import Callable

from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.http.answers import Document
from tickcast.gateway.limits.turns import Turns
from tickcast.gateway.protocol.selection import EVERYTHING, Selection
from tickcast.runtime.etag import WeakEtag
from tickcast.runtime.kept import Kept

LARGE = 1000
"""Symbols from which on a snapshot of all is kept: it takes some ms to make."""

AT_ONCE = 2000
"""Symbols that are looked at without a pause: a ms."""

MayGoOn = Callable[[], None]
"""Raises Problem if the client's address or subject has had its share of work meanwhile."""


class Snapshots:
    """Makes the documents."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._whole: Kept[Document] = Kept(time.monotonic)
        self._epoch = ""
        # A long one is made of a copy of all values, so one at a time.
        self._turns = Turns()

    async def document(self, selection: Selection, whose: str, may_go_on: MayGoOn) -> Document:
        """Return the document with the newest ticks of a selection, for a client of the address `whose`.

        Raise what `may_go_on` raises when it is asked again, after others have had their turn.
        """
        if selection == EVERYTHING and len(self._hub.last) >= LARGE:
            return await self._whole.get(self._make_whole, lambda _: self._epoch == self._hub.ring.epoch)
        return await self._make(selection, whose, may_go_on)

    async def _make_whole(self) -> Document:
        self._epoch = self._hub.ring.epoch
        # Everybody gets the same one, so it is nobody's.
        return await self._make(EVERYTHING, "", lambda: None)

    async def _make(self, selection: Selection, whose: str, may_go_on: MayGoOn) -> Document:
        symbols, etag = self._symbols(selection), WeakEtag()
        if len(symbols) <= AT_ONCE:
            ticks = b",".join(self._hub.last.since(-1, symbols))
            etag.add(ticks)
            return _document(*self._moment(), ticks, etag)
        del symbols
        pieces: list[bytes] = []
        async with self._turns.turn(whose):
            # The work of those who wait counts when it is done: all of them may have been let in by then.
            may_go_on()
            # Looked up once more: there may be more of them by now, and nobody who waits holds a list.
            symbols = self._symbols(selection)
            # All of it is of one moment: a stream goes on from its cursor without a hole or a repeat.
            values, moment = self._hub.last.copy(), self._moment()
            for start in range(0, len(symbols), AT_ONCE):
                await asyncio.sleep(0)
                found = values.since(-1, symbols[start : start + AT_ONCE])
                if found:
                    etag.add((b"," if pieces else b"") + (piece := b",".join(found)))
                    pieces.append(piece)
        return _document(*moment, b",".join(pieces), etag)

    def _symbols(self, selection: Selection) -> list[bytes]:
        found = selection.among(self._hub.index.symbols)
        # Those of its prefixes are in order, and so are those it names.
        return sorted(found) if selection.prefixes and selection.names else found

    def _moment(self) -> tuple[bytes, bytes]:
        return self._hub.ring.cursor.encode("ascii"), self._hub.ring.epoch.encode("ascii")


def _document(cursor: bytes, epoch: bytes, ticks: bytes, etag: WeakEtag) -> Document:
    # The tag covers the ticks alone: the cursor changes with other symbols too, and differs between gateways.
    return Document(b'{"cursor":"%b","epoch":"%b","ticks":[%b]}' % (cursor, epoch, ticks), str(etag))
