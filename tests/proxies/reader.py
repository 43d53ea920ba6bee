"""Readers of a stream that behave as EventSource does by the HTML standard."""

import asyncio
import json
import random
import time
from urllib.parse import quote

from tests.proxies.judge import Judge
from tests.support.event_stream import asked
from tickcast.client.sse import Event

HOST = b"localhost"
"""Development servers refuse other names."""

RECENT = 1.0
"""Seconds: a reader that was sent something within them is there."""


class Reader:
    """An EventSource in a task of its own: it comes back after every end, unless an answer ended it for good.

    By the standard any answer but 200 with `text/event-stream` does that, and a broken connection does not.
    """

    def __init__(self, url: str, symbols: str, encoding: str = "") -> None:
        self.judge = Judge()
        self.ended = ""
        """The answer that ended it for good; empty while there was none."""
        self.first: float | None = None
        """Seconds from the first request to the first event."""
        self.stream = ""
        """Id of the newest stream."""
        self.streams = 0
        """Streams so far."""
        self.encoding = ""
        """How the newest stream was packed."""
        self.arrivals: list[float] = []
        """When each event but ticks arrived (monotonic)."""
        self.last = 0.0
        """When the newest event arrived (monotonic)."""
        self._url, self._target = url, f"/v1/stream?symbols={quote(symbols)}"
        self._encoding = encoding
        self._cursor = b""
        self._retry = 3.0
        self._began = 0.0
        self._task = asyncio.create_task(self._run())

    @property
    def is_served(self) -> bool:
        """Tell whether an event came just now."""
        return time.monotonic() - self.last < RECENT

    async def close(self) -> None:
        """Leave: the connection is cut. Raises what ended the task, if anything did."""
        self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        self._began = time.monotonic()
        while not self.ended:
            try:
                await self._connect()
            except (OSError, EOFError, TimeoutError):
                # Broken or ended: both lead to the next connection, as in a browser.
                await asyncio.sleep(self._retry)

    async def _connect(self) -> None:
        headers = [b"accept: text/event-stream", b"cache-control: no-store"]
        if self._cursor:
            headers.append(b"last-event-id: " + self._cursor)
        if self._encoding:
            headers.append(b"accept-encoding: " + self._encoding.encode())
        async with asked(self._url, self._target, *headers, host=HOST) as answer:
            kind = answer.headers.get("content-type", "").partition(";")[0]
            if answer.status and (answer.status != 200 or kind != "text/event-stream"):
                self.ended = f"{answer.status} {kind}"
                return
            self.encoding = answer.headers.get("content-encoding", "")
            try:
                while True:
                    self._take(await answer.next(90), time.monotonic())
                    self._cursor = answer.sse.last_event_id or self._cursor
                    # They hold everything that came.
                    answer.seen.clear()
                    answer.text.clear()
            finally:
                if answer.sse.retry is not None:
                    self._retry = answer.sse.retry / 1000 * random.uniform(1, 1.05)

    def _take(self, event: Event, now: float) -> None:
        if self.first is None:
            self.first = now - self._began
        self.last = now
        self.judge.take(event, time.time())
        if event.type != b"tick":
            self.arrivals.append(now)
        if event.type == b"hello":
            self.stream = json.loads(event.data)["stream"]
            self.streams += 1
