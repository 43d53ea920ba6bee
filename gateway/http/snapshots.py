"""The document of `/v1/snapshot`; that of a large feed is kept for a moment, not built for each client."""

import time

from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.http.answers import Document
from tickcast.gateway.protocol.selection import EVERYTHING, Selection
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.kept import Kept

LARGE = 1000
"""Symbols from which on a snapshot of all is kept: it takes some ms to make."""


class Snapshots:
    """Makes the documents."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._whole: Kept[Document] = Kept(time.monotonic)
        self._epoch = ""

    def document(self, selection: Selection) -> Document:
        """Return the document with the newest ticks of a selection."""
        if selection == EVERYTHING and len(self._hub.last) >= LARGE:
            return self._whole.get(self._make_whole, lambda _: self._epoch == self._hub.ring.epoch)
        return self._make(selection)

    def _make_whole(self) -> Document:
        self._epoch = self._hub.ring.epoch
        return self._make(EVERYTHING)

    def _make(self, selection: Selection) -> Document:
        hub = self._hub
        ticks = b",".join(hub.last.since(-1, sorted(selection.among(hub.index.symbols))))
        cursor, epoch = hub.ring.cursor.encode("ascii"), hub.ring.epoch.encode("ascii")
        # The tag covers the ticks alone: the cursor changes with other symbols too, and differs between
        # gateways.
        return Document(
            b'{"cursor":"%b","epoch":"%b","ticks":[%b]}' % (cursor, epoch, ticks), weak_etag(ticks)
        )
