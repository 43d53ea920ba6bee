"""One request over a connection of its own, and its answer: an event stream, or a short body.

A raw asyncio protocol, cheap enough for thousands in one process.
"""

import asyncio
from collections.abc import Callable, Iterator

import httptools

from tickcast.client.encoding import EncodingError, Unpacker, unpacker
from tickcast.client.reconnect import MAX_BYTES, SILENCE
from tickcast.client.sse import Event, SseError, SseParser

MAX_HEAD = 64 * 1024
"""Bytes of all header fields of an answer."""

MAX_BODY = 1024 * 1024
"""Bytes of an answer that was asked for and is no stream: the list of 10,000 symbols fits."""


class HeadError(ValueError):
    """The head of the answer is beyond its bounds."""


BROKEN = (HeadError, httptools.HttpParserError, httptools.HttpParserUpgrade, SseError, EncodingError)
"""What an answer that cannot be read raises."""


class Connection(asyncio.Protocol):
    """One connection. `closed` fails with the cause, or ends with None after an orderly end."""

    def __init__(
        self,
        request: bytes,
        on_events: Callable[[list[Event]], None] | None = None,
        *,
        last_event_id: bytes = b"",
        silence: float = SILENCE,
    ) -> None:
        """`on_events` takes the events of a stream as they come; `silence` in seconds ends the connection."""
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.status = 0
        """Of the answer; 0 until its head has come."""
        self.headers: dict[str, str] = {}
        """By their names in lower case; the last one of a name counts."""
        self.is_stream = False
        self.is_served = False
        """An event has come."""
        self.body = b""
        """Of an answer that is no stream, its beginning."""
        self.bytes = 0
        """Bytes received, headers included."""
        self.silence = silence
        self.sse = SseParser(last_event_id)
        self._request = request
        self._on_events = on_events
        self._http = httptools.HttpResponseParser(self)
        self._unpacker: Unpacker | None = None
        self._packed: list[bytes] = []
        self._pieces: Iterator[bytes] | None = None
        self._head = 0
        self._complete = self._ended = self._paused = self._is_cut = False
        self._transport: asyncio.Transport | None = None
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None

    def abort(self) -> None:
        """Cut the connection; nothing more is delivered."""
        self._is_cut = True
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Deliver no more events until `resume`; what the server sends waits on its way here."""
        if not self._paused:
            self._paused = True
            if self._transport is not None:
                self._transport.pause_reading()

    def resume(self) -> None:
        """Deliver events again, first those that have waited."""
        if self._paused:
            self._paused = False
            self._heard = self._loop.time()
            self._deliver()
            if not self._paused and self._transport is not None:
                self._transport.resume_reading()

    def _check_silence(self) -> None:
        quiet = 0.0 if self._paused else self._loop.time() - self._heard
        if quiet >= self.silence:
            self._end(TimeoutError(f"silent for {self.silence:.0f} s"))
        else:
            self._watch = self._loop.call_later(self.silence - quiet, self._check_silence)

    def watch(self, silence: float) -> None:
        """End the connection after so many seconds of silence from now on."""
        self.silence = silence
        if self._watch is not None:
            self._watch.cancel()
            self._check_silence()

    def _end(self, error: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if not self.closed.done():
            if error is None:
                self.closed.set_result(None)
            else:
                self.closed.set_exception(error)
                # Who has given up meanwhile does not ask for it.
                self.closed.exception()
        self.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = self._loop.time()
        self._watch = self._loop.call_later(self.silence, self._check_silence)
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """End with the cause; an answer without a length ends with its connection."""
        self._ended = True
        if exc is not None or not self.status:
            self._end(exc or ConnectionError("closed before an answer"))
        elif not self._paused or self._is_cut:
            self._end(None)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self.bytes += len(data)
        if not self.is_served:
            self._heard = self._loop.time()
        try:
            self._http.feed_data(data)
        except BROKEN as error:
            # What our own callbacks raise comes wrapped.
            self._end(cause if isinstance(cause := error.__context__, ValueError) else error)
            return
        if not self.status and self.bytes > MAX_HEAD:
            self._end(HeadError(f"no end of the header fields in {MAX_HEAD} bytes"))
        self._deliver()

    def _deliver(self) -> None:
        """Deliver what has come, until that is all, or the receiver pauses."""
        try:
            while not (self._paused or self._is_cut):
                if self._pieces is not None:
                    piece = next(self._pieces, None)
                    if piece is None:
                        self._pieces = None
                    else:
                        self._read(piece)
                elif self._packed:
                    # All chunks of a read at once: the parser costs by call as well as by byte.
                    data = b"".join(self._packed)
                    self._packed.clear()
                    if self._unpacker is None:
                        self._read(data)
                    else:
                        self._pieces = self._unpacker.unpack(data)
                else:
                    if self._complete or self._ended:
                        self._end(None)
                    return
        except BROKEN as error:
            self._end(error)

    def _read(self, piece: bytes) -> None:
        if not self.is_stream:
            most = MAX_BODY if self.status == 200 else MAX_BYTES
            self.body += piece[: most - len(self.body)]
            return
        events = self.sse.feed(piece)
        if events:
            self.is_served = True
            self._heard = self._loop.time()
            if self._on_events is not None:
                self._on_events(events)

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, within bounds."""
        self._head += len(name) + len(value)
        if self._head > MAX_HEAD:
            raise HeadError(f"more than {MAX_HEAD} bytes of header fields")
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """Find out what the answer is."""
        status = self._http.get_status_code()
        if status < 200:
            # The answer itself is still to come.
            return
        self.status = status
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.is_stream = self.status == 200 and kind == "text/event-stream"
        self._unpacker = unpacker(self.headers.get("content-encoding", "").lower())

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body until all that was read is taken apart."""
        self._packed.append(body)

    def on_message_complete(self) -> None:
        """The answer has come to its proper end."""
        self._complete = self.status > 0
