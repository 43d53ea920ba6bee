"""A client of one event stream, cheap enough for thousands in one process, over the connection of `follow`.

Like a browser's EventSource, after a lost connection it waits for the server's `retry` and reconnects with
the id of the last complete event. Unlike EventSource, it also reconnects after 429 and 5xx, as tickcast.js
does, and closes a connection that has gone silent.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from tickcast.cli.trust import ProvedServer
from tickcast.client.connection import BROKEN, Connection
from tickcast.client.reconnect import DEFAULT_RETRY, may_change, refusal
from tickcast.client.sse import Event


class StreamClient:
    """One stream, over all its connections. `run` follows it; the counts may be read at any time."""

    def __init__(
        self,
        url: str,
        params: Mapping[str, str],
        on_event: Callable[[Event], None],
        *,
        headers: Mapping[str, str] | None = None,
        last_event_id: bytes = b"",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare to follow `url`/v1/stream with the query `params`; `on_event` is called for each event.

        `tls` proves the server; None: the CAs of the system do.
        """
        self._server = ProvedServer(url, tls=tls)
        self._query = urlencode(params, safe=",*/:")
        self._headers = {"Accept": "text/event-stream", "Cache-Control": "no-store", **(headers or {})}
        self._on_event = on_event
        self._connection: Connection | None = None
        self._is_served = False
        self.last_event_id = last_event_id
        self.retry = DEFAULT_RETRY
        self.connects = 0
        """Streams that brought an event."""
        self.put_off = 0
        """Event streams that ended without an event: the server has no place now."""
        self.statuses: Counter[int] = Counter()
        """Answers that are no event stream: each would have ended an EventSource for good."""
        self.failures: Counter[str] = Counter()
        """Connections that failed or broke, by their error."""
        self.bytes = 0
        """Bytes received, headers included."""
        self._counted = 0
        """Of the connection there is."""

    @property
    def reconnects(self) -> int:
        """Times that the stream was resumed over a new connection."""
        return max(0, self.connects - 1)

    def cut(self) -> None:
        """Abort the connection, as a lost network does; `run` then reconnects."""
        if self._connection is not None:
            self._connection.abort()

    async def run(self) -> None:
        """Stream until cancelled. Raises StreamRefusedError, and UserError for a server without proof."""
        while True:
            try:
                await self._connect()
            except (OSError, TimeoutError, *BROKEN) as error:
                self.failures[str(error) or type(error).__name__] += 1
            await asyncio.sleep(self.retry / 1000)

    async def _connect(self) -> None:
        connection = Connection(self.request(), self._take_events, last_event_id=self.last_event_id)
        self._connection, self._is_served, self._counted = connection, False, 0
        try:
            await self._server.connect(connection)
            await connection.closed
            if connection.is_stream:
                self.put_off += not connection.is_served
            elif not may_change(connection.status):
                raise refusal(connection.status, connection.body)
        finally:
            connection.abort()
            self._connection = None
            self._note(connection)
            if connection.status and not connection.is_stream:
                self.statuses[connection.status] += 1

    def _take_events(self, events: list[Event]) -> None:
        connection = self._connection
        assert connection is not None
        if not self._is_served:
            self._is_served = True
            self.connects += 1
        self._note(connection)
        for event in events:
            self._on_event(event)

    def _note(self, connection: Connection) -> None:
        """Keep what the next connection needs, and count bytes."""
        self.bytes += connection.bytes - self._counted
        self._counted = connection.bytes
        self.last_event_id = connection.sse.last_event_id
        if connection.sse.retry is not None:
            self.retry = connection.sse.retry

    def request(self) -> bytes:
        """Return the bytes of a request that resumes at the last event id."""
        cursor = {"Last-Event-ID": self.last_event_id.decode("latin-1")} if self.last_event_id else {}
        return self._server.request("GET", "/v1/stream", self._query, self._headers | cursor)
