"""One stream, as a check reads it: every event with the moment when it came."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
import orjson

from tickcast.cli.conform.outcome import Deviation
from tickcast.cli.trust import failure
from tickcast.client.sse import Event, SseError, SseParser

OPENING = 5.0
"""Seconds within which a stream opens, and `hello` comes: later something on the way holds it back."""

MAX_EVENTS = 20_000
"""Events of a stream that are kept, at most."""


class Told(NamedTuple):
    """One event."""

    at: float
    """Seconds of a clock that never goes back."""
    name: str
    data: Any
    """Its JSON; None if it is none."""
    raw: str
    """Its data as it came."""
    cursor: str
    """Its own `id`; empty if it has none."""
    retry: int | None
    """Its own `retry:`, ms; None if it has none."""


class Line:
    """A stream that is open; `events` grows while somebody waits."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.events: list[Told] = []
        self.ended = False
        self._taken = 0
        self._parser = SseParser()
        self._pieces = response.aiter_bytes()
        self._read: asyncio.Task[bytes | None] | None = None

    async def take(self, wanted: Callable[[Told], bool], within: float) -> Told | None:
        """Return the next event that is `wanted`; None if none came in so many seconds."""
        until = time.monotonic() + within
        while True:
            while self._taken < len(self.events):
                self._taken += 1
                if wanted(told := self.events[self._taken - 1]):
                    return told
            if self.ended or not await self._more(until - time.monotonic()):
                return None

    async def expect(self, name: str, within: float = OPENING) -> Told:
        """Return the next event of a name. Raises Deviation if none comes."""
        told = await self.take(lambda event: event.name == name, within)
        if told is None:
            seen = ", ".join(event.name for event in self.events[:5]) or "nothing"
            raise Deviation(f"no {name} came within {within:g} s, but {seen}")
        return told

    async def listen(self, seconds: float) -> None:
        """Read for so long."""
        await self.take(lambda _: False, seconds)

    async def _more(self, within: float) -> bool:
        # The read goes on when the wait for it ends: a cancelled one would end the response.
        self._read = self._read or asyncio.ensure_future(_next(self._pieces))
        done, _ = await asyncio.wait([self._read], timeout=max(0.0, within))
        if not done:
            return False
        piece, self._read = self._read.result(), None
        if piece is None:
            self.ended = True
            return True
        self._keep(piece)
        if len(self.events) > MAX_EVENTS:
            raise Deviation(f"the stream has more than {MAX_EVENTS} events; name fewer symbols (--symbols)")
        return True

    def _keep(self, piece: bytes) -> None:
        try:
            # Event by event: what the parser remembers of one is told from what the next one says itself.
            for part in re.findall(rb"(?s).*?\n\n|.+", piece):
                for event in self._parser.feed(part):
                    self.events.append(_told(event, self._parser.retry))
                    self._parser.last_event_id, self._parser.retry = b"", None
        except SseError as error:
            raise Deviation(f"the stream cannot be read: {error}") from None

    async def close(self) -> None:
        """Stop reading."""
        if self._read is not None:
            self._read.cancel()
            await asyncio.wait([self._read])


def _told(event: Event, retry: int | None) -> Told:
    name, raw, cursor = (field.decode("utf-8", "replace") for field in event)
    return Told(time.monotonic(), name, _json(event.data), raw, cursor, retry)


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await anext(pieces, None)
    except httpx2.HTTPError:
        return None


def _json(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except ValueError:
        return None


@asynccontextmanager
async def opened(http: httpx2.AsyncClient, method: str, url: str, **request: Any) -> AsyncIterator[Line]:
    """Open a stream. Raises Deviation if the answer is none."""
    try:
        asked = http.build_request(method, url, **request)
        response = await http.send(asked, stream=True)
    except httpx2.HTTPError as error:
        raise Deviation(f"{method} {asked.url.path} failed: {failure(error)}") from None
    line = Line(response)
    try:
        kind = response.headers.get("content-type", "")
        if response.status_code != 200 or not kind.startswith("text/event-stream"):
            raise Deviation(
                f"{method} of the stream is answered {response.status_code} with {kind or 'no type'}"
            )
        yield line
    finally:
        await line.close()
        await response.aclose()
