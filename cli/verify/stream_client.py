"""A client of one event stream, cheap enough for thousands in one process: a raw asyncio protocol.

Like a browser's EventSource, after a lost connection it waits for the server's `retry` and reconnects with
the id of the last complete event. Unlike EventSource, it also reconnects after 429 and 5xx, as tickcast.js
does, and closes a connection that has gone silent.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

import httptools

from tickcast.cli.address import server_address
from tickcast.cli.reconnect import CONNECT_TIMEOUT, DEFAULT_RETRY, SILENCE, may_change, refusal
from tickcast.cli.verify.sse import Event, SseError, SseParser


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
    ) -> None:
        """Prepare to follow `url`/v1/stream with the query `params`; `on_event` is called for each event."""
        parts = urlsplit(server_address(url))
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        query = urlencode(params, safe=",*/:")
        path = parts.path.rstrip("/") + "/v1/stream" + (f"?{query}" if query else "")
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += ["Accept: text/event-stream", "Cache-Control: no-store"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._request = "\r\n".join(lines).encode("latin-1") + b"\r\n"
        self._on_event = on_event
        self._protocol: _Connection | None = None
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

    @property
    def reconnects(self) -> int:
        """Times that the stream was resumed over a new connection."""
        return max(0, self.connects - 1)

    def cut(self) -> None:
        """Abort the connection, as a lost network does; `run` then reconnects."""
        if self._protocol is not None:
            self._protocol.abort()

    async def run(self) -> None:
        """Stream until cancelled. Raises StreamRefusedError."""
        while True:
            try:
                await self._connect()
            except (OSError, TimeoutError, SseError, httptools.HttpParserError) as error:
                self.failures[str(error) or type(error).__name__] += 1
            await asyncio.sleep(self.retry / 1000)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        connection = _Connection(self, self._on_event)
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await loop.create_connection(lambda: connection, self._host, self._port, ssl=self._tls)
        self._protocol = connection
        try:
            await connection.closed
        finally:
            connection.abort()
            self._protocol = None

    def request(self) -> bytes:
        """Return the bytes of a request that resumes at the last event id."""
        if not self.last_event_id:
            return self._request + b"\r\n"
        return self._request + b"Last-Event-ID: " + self.last_event_id + b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """One connection of a client. `closed` fails with the cause, or ends with None after an orderly end."""

    def __init__(self, client: StreamClient, on_event: Callable[[Event], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._client = client
        self._on_event = on_event
        self._http = httptools.HttpResponseParser(self)
        self._sse = SseParser(client.last_event_id)
        self._body: list[bytes] = []
        self._type = b""
        self._status = 0
        self._streaming = self._complete = self._served = False
        self._transport: asyncio.Transport | None = None
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _check_silence(self) -> None:
        quiet = self._loop.time() - self._heard
        if quiet >= SILENCE:
            self._end(TimeoutError(f"silent for {SILENCE:.0f} s"))
        else:
            self._watch = self._loop.call_later(SILENCE - quiet, self._check_silence)

    def _end(self, error: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if not self.closed.done():
            if error is None:
                self.closed.set_result(None)
            else:
                self.closed.set_exception(error)
        self.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = self._loop.time()
        self._watch = self._loop.call_later(SILENCE, self._check_silence)
        transport.write(self._client.request())

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and self._status:
            self._finish()
        else:
            self._end(exc or ConnectionError("closed before an answer"))

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self._client.bytes += len(data)
        try:
            self._http.feed_data(data)
            if self._streaming:
                self._read_events()
        except (httptools.HttpParserError, SseError) as error:
            self._end(error)
        else:
            if self._complete:
                self._finish()

    def _read_events(self) -> None:
        # Parse all chunks of a read in one call: the parser costs by call as well as by byte.
        client, sse = self._client, self._sse
        events = sse.feed(b"".join(self._body))
        self._body.clear()
        client.last_event_id = sse.last_event_id
        if sse.retry is not None:
            client.retry = sse.retry
        if events and not self._served:
            self._served = True
            client.connects += 1
        for event in events:
            self._on_event(event)

    def _finish(self) -> None:
        if self._streaming and not self._served and not self.closed.done():
            self._client.put_off += 1
        if self._streaming or may_change(self._status):
            self._end(None)
        else:
            self._end(refusal(self._status, b"".join(self._body)))

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._type = value.partition(b";")[0].strip().lower()

    def on_headers_complete(self) -> None:
        self._status = self._http.get_status_code()
        self._streaming = self._status == 200 and self._type == b"text/event-stream"
        if not self._streaming:
            self._client.statuses[self._status] += 1

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._complete = True
