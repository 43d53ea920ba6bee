"""Follows a stream by the client of `tickcast.follow`, and tells the state of the connection in words."""

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any, NamedTuple

import httpx2

from tickcast.cli.proxy import http_client
from tickcast.cli.trust import RUNNING, ProvedServer
from tickcast.client.coverage import Coverage
from tickcast.client.server import ProxyError, Server
from tickcast.client.sse import Event
from tickcast.client.tokens import Tokens, bearer
from tickcast.client.upstream import Upstream
from tickcast.runtime.errors import UserError

_MAX_WAITING = 10_000
"""Events that wait to be shown; beyond it nothing more is read."""


class Wanted(NamedTuple):
    """What is followed."""

    url: str
    """Where the routes begin."""
    symbols: list[str]
    params: dict[str, str]
    """Of the query, beside the symbols."""
    tls: ssl.SSLContext | None = None
    """What proves the server; None: the CAs of the system."""
    token: str = ""
    """What is shown to the server; empty: nothing."""


class _Passage:
    """Passes events on as they are, and says how the connection is."""

    epoch = feed = reason = ""

    def __init__(self, server: Server, say: Callable[[str], None]) -> None:
        self.cursor = b""
        self.coverage = Coverage()
        self.waiting: deque[Event] = deque()
        self._server, self._say = server, say
        self._was_open = False
        self._counting: asyncio.Task[None] | None = None

    def take(self, event: Event) -> None:
        self.cursor, self._was_open = event.id or self.cursor, True
        self.waiting.append(event)

    def opening(self, entries: Iterable[str], resumes: bool, wanted: Iterable[str]) -> None:
        self.coverage.begin(entries, resumes=True)
        self.end()
        self._say(f"connecting to {self._server.shown}")

    def disconnected(self, reason: str, wait: float) -> None:
        if reason.startswith("nothing listens") and not self._was_open and self._server.proxy is None:
            reason = f"{reason}; {RUNNING}"
        self._counting = asyncio.create_task(self._count_down(reason, wait))

    async def _count_down(self, reason: str, wait: float) -> None:
        while wait > 0:
            self._say(f"{reason}; again in {wait:.1f} s")
            await asyncio.sleep(min(wait, 0.5))
            wait -= 0.5

    def end(self) -> None:
        if self._counting is not None:
            self._counting.cancel()


async def follow(wanted: Wanted, say: Callable[[str], None]) -> AsyncGenerator[Event, None]:
    """Yield the events of a stream for ever, over reconnects, as they were sent.

    `say` is called with the state of the connection. Raises StreamRefusedError, and UserError if the server
    cannot be trusted or the proxy of the environment cannot be used.
    """
    try:
        server = ProvedServer(wanted.url, direct=False, tls=wanted.tls)
    except ProxyError as error:
        raise UserError(str(error), 2) from None
    news, passage = asyncio.Event(), _Passage(server, say)

    def notice() -> None:
        news.set()
        if len(passage.waiting) > _MAX_WAITING:
            upstream.pause()

    upstream = Upstream(server, passage, wanted.symbols, wanted.params, Tokens(wanted.token or None), notice)
    running = asyncio.create_task(upstream.run())
    running.add_done_callback(lambda _: news.set())
    try:
        while True:
            news.clear()
            while passage.waiting:
                yield passage.waiting.popleft()
            upstream.resume()
            if running.done():
                running.result()
            await news.wait()
    finally:
        running.cancel()
        passage.end()
        await asyncio.gather(running, return_exceptions=True)


async def symbols_of(wanted: Wanted) -> list[dict[str, Any]]:
    """Return the list of `/v1/symbols`, empty if the server does not answer. Numbers are decimal text."""
    try:
        async with http_client(wanted.url, 5.0, wanted.tls) as http:
            answer = await http.get(f"{wanted.url}/v1/symbols", headers=bearer(wanted.token))
            listed = json.loads(answer.text, parse_float=str)
    except (httpx2.HTTPError, ValueError):
        return []
    return listed if isinstance(listed, list) and answer.status_code == 200 else []
