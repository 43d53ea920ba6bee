"""One event stream as a client sees it, event by event; and other raw HTTP exchanges."""

import asyncio
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import httptools

from tickcast.client.sse import Event, SseParser

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PATIENCE = 40.0
"""Seconds in which what is expected has to come, however busy the machine is."""


class Unzstd:
    """A stream of zstd frames, as browsers read it."""

    def __init__(self) -> None:
        self._frame = zstd.ZstdDecompressor()

    def decompress(self, data: bytes) -> bytes:
        """Return what more of the stream holds."""
        out = b""
        while data:
            out += self._frame.decompress(data)
            data = b""
            if self._frame.eof:
                data = self._frame.unused_data
                self._frame = zstd.ZstdDecompressor()
        return out


class EventStream:
    """The answer to one request, while it comes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.fields: list[tuple[str, str]] = []
        """Every header field, in order, its name in lower case."""
        self.text = bytearray()
        """What came of an event stream, unpacked."""
        self.body = b""
        """What came, unless it is an event stream."""
        self.complete = False
        """The answer has come to its proper end."""
        self.is_bare = False
        """It is that to a HEAD: the length of its body is told, and no body comes."""
        self.sse = SseParser()
        self.seen: list[Event] = []
        """Every event that was taken."""
        self._reader, self._writer = reader, writer
        self._http = httptools.HttpResponseParser(self)
        self._events: list[Event] = []
        self._decoder: Any = None

    # httptools

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name.decode().lower(), value.decode("latin-1")))
        self.headers.update(self.fields[-1:])

    def on_headers_complete(self) -> None:
        self.status = self._http.get_status_code()
        self.complete = self.is_bare
        encoding = self.headers.get("content-encoding")
        if encoding is not None:
            self._decoder = Unzstd() if encoding == "zstd" else zlib.decompressobj(16 + zlib.MAX_WBITS)

    def on_body(self, body: bytes) -> None:
        if self.headers.get("content-type") == "text/event-stream":
            text = self._decoder.decompress(body) if self._decoder else body
            self.text += text
            self._events += self.sse.feed(text)
        else:
            self.body += body

    def on_message_complete(self) -> None:
        self.complete = True

    async def _more(self) -> bool:
        data = await self._reader.read(65536)
        if data:
            self._http.feed_data(data)
        return bool(data)

    async def next(self, timeout: float = PATIENCE) -> Event:
        """Return the next event. Raises EOFError at the end, TimeoutError."""
        async with asyncio.timeout(timeout):
            while not self._events:
                if self.complete or not await self._more():
                    raise EOFError(f"the stream ended after {[event.type for event in self.seen]}")
        self.seen.append(self._events.pop(0))
        return self.seen[-1]

    async def expect(self, name: str, timeout: float = PATIENCE) -> Any:
        """Return the data of the next event, which must be of this name, or a heartbeat before it."""
        event = await self.next(timeout)
        while event.type == b"heartbeat" and name != "heartbeat":
            event = await self.next(timeout)
        assert event.type == name.encode(), event
        return json.loads(event.data)

    async def begin(self, snapshot: bool = True) -> Any:
        """Take hello and snapshot, and return hello; a feed that is stale just then is told between them."""
        hello = await self.expect("hello")
        if snapshot:
            *between, _ = await self.until(lambda event: event.type == b"snapshot")
            assert {event.type for event in between} <= {b"status"}, between
        return hello

    async def until(self, wanted: Callable[[Event], bool], timeout: float = PATIENCE) -> list[Event]:
        """Return all events up to and with the first that is `wanted`."""
        found = []
        async with asyncio.timeout(timeout):
            while not found or not wanted(found[-1]):
                found.append(await self.next(timeout))
        return found

    async def ticks(self, count: int, timeout: float = PATIENCE) -> list[tuple[str, int]]:
        """Return (symbol, q) of the next `count` ticks; heartbeats are passed over, nothing else may come."""
        found = []
        while len(found) < count:
            tick = await self.expect("tick", timeout)
            found.append((tick["S"], tick["q"]))
        return found

    async def finish(self, timeout: float = PATIENCE) -> list[Event]:
        """Return all that comes until the other side ends."""
        rest = []
        while True:
            try:
                rest.append(await self.next(timeout))
            except EOFError:
                return rest

    async def silent(self, seconds: float) -> None:
        """Be sure that no event but heartbeats comes for a while."""
        try:
            async with asyncio.timeout(seconds):
                while (event := await self.next(seconds + 1)).type == b"heartbeat":
                    pass
        except TimeoutError:
            return
        raise AssertionError(f"unexpected {event}")

    @property
    def cursor(self) -> str:
        """The last id that came."""
        return self.sse.last_event_id.decode()

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()


@asynccontextmanager
async def asked(
    url: str,
    target: str,
    *headers: bytes,
    method: str = "GET",
    version: str = "1.1",
    body: bytes = b"",
    host: bytes = b"test",
) -> AsyncIterator[EventStream]:
    """Send a request as it stands; the value is its answer, whose head has come."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    answer = EventStream(reader, writer)
    answer.is_bare = method == "HEAD"
    try:
        lines = [f"{method} {target} HTTP/{version}".encode("latin-1"), b"host: " + host, *headers]
        if body:
            lines.append(b"content-length: %d" % len(body))
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        async with asyncio.timeout(PATIENCE):
            while not answer.status and await answer._more():
                pass
        yield answer
    finally:
        answer.close()


@asynccontextmanager
async def stream(url: str, last_event_id: str = "", **params: Any) -> AsyncIterator[EventStream]:
    """Open a stream with these parameters; `last_event_id` goes into the header."""
    query = urlencode(params, safe=",*/:")
    header = [b"last-event-id: " + last_event_id.encode("latin-1")] if last_event_id else []
    async with asked(url, f"/v1/stream?{query}" if query else "/v1/stream", *header) as opened:
        yield opened


@asynccontextmanager
async def opened(url: str, **params: Any) -> AsyncIterator[EventStream]:
    """Open a stream and take its hello and its snapshot."""
    async with stream(url, **params) as answer:
        await answer.begin(params.get("snapshot") != "false")
        yield answer


async def answer_of(url: str, target: str, *headers: bytes, **request: Any) -> EventStream:
    """Return a whole answer that is no stream."""
    async with asked(url, target, *headers, **request) as answer:
        async with asyncio.timeout(PATIENCE):
            while not answer.complete and await answer._more():
                pass
        return answer


def ticks_of(events: list[Event]) -> list[tuple[str, int]]:
    """Return (symbol, q) of the ticks among events."""
    found = [json.loads(event.data) for event in events if event.type == b"tick"]
    return [(tick["S"], tick["q"]) for tick in found]


def comes_back(answer: EventStream, why: str) -> None:
    """Be sure that an EventSource comes back after this answer, which has no event and says `why`."""
    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
    assert (answer.complete, answer.seen, answer.headers["connection"]) == (True, [], "close")
    assert why in answer.text.decode()
    assert answer.sse.retry is not None
    assert 1000 <= answer.sse.retry <= 5000
