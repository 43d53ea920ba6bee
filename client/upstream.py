"""The one stream from the gateways: opened, and opened again whenever it ends, but for a refusal for good.

The server's `retry` and `bye` say when to come back, the replica where to go on.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any

import orjson

from tickcast.client.changes import Changes
from tickcast.client.connection import BROKEN, Connection
from tickcast.client.errors import StreamRefusedError
from tickcast.client.events import StreamState
from tickcast.client.holder import Holder
from tickcast.client.opening import Request, Requests, head_of, is_problem, refusal_of
from tickcast.client.proxy import through
from tickcast.client.reconnect import (
    DEFAULT_RETRY,
    HELLO_TIMEOUT,
    LEAST_RETRY,
    LONGEST_WAIT,
    back_off,
    may_change,
    retry_after,
    silence_of,
)
from tickcast.client.renewal import renew
from tickcast.client.server import Server
from tickcast.client.sse import Event
from tickcast.client.tokens import TokenError, Tokens

_DENIALS = 3
"""Times in a row that a new token may be refused with 401."""

_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)

_log = logging.getLogger("tickcast")


class Upstream:
    """One stream, over all its connections."""

    def __init__(
        self,
        server: Server,
        replica: Holder,
        wanted: Iterable[str],
        params: dict[str, str],
        tokens: Tokens,
        on_news: Callable[[], None],
    ) -> None:
        """`params` of the query, beside the symbols; `on_news` is called when something was delivered."""
        self._server, self._tokens = server, tokens
        self._replica = replica
        self._requests, self._on_news = Requests(params), on_news
        self._way = through(server.url)
        self._changes = Changes(server, tokens, wanted, lambda: self._reopen(fresh=True))
        self._link, self._why = "connecting", ""
        self._hello: dict[str, Any] = {}
        """The newest one."""
        self._opened = 0
        self._attempts = self._denials = self._reopened = 0
        self._failure: StreamRefusedError | None = None
        self._retry = float(DEFAULT_RETRY)
        self._bye: float | None = None
        self._planned = self._fresh = self._is_paused = False
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> StreamState:
        """How it stands."""
        hello, replica = self._hello, self._replica
        return StreamState(
            self._link,
            replica.feed,
            self._why or replica.reason,
            str(hello.get("gateway", "")),
            int(hello.get("interval", 0)),
            replica.epoch,
            int(hello.get("delay", 0)),
            max(0, self._opened - 1),
        )

    def pause(self) -> None:
        """Take no more events until `resume`."""
        self._is_paused = True
        if self._connection is not None:
            self._connection.pause()

    def resume(self) -> None:
        """Take events again."""
        self._is_paused = False
        if self._connection is not None:
            self._connection.resume()

    async def run(self) -> None:
        """Stream until cancelled. Raises StreamRefusedError, and what the function for the token raises."""
        try:
            while True:
                wait = await self._visit()
                if not self._planned:
                    self._link = "waiting"
                    self._replica.disconnected(self._why, wait)
                    self._on_news()
                await asyncio.sleep(wait)
        finally:
            self._link = "closed"

    async def change(self, add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Change the list, as `Changes.change` does."""
        await self._changes.change(add, drop)

    # A connection

    async def _visit(self) -> float:
        """Open a stream and follow it to its end; return how many seconds to wait then."""
        self._link, self._planned, self._bye, self._why = "connecting", False, None, ""
        token = await self._token()
        if token is None:
            return self._again()
        (method, query, body, _), cursor = self._opening()
        head = head_of(token, cursor, body)
        request = self._server.request(method, "/v1/stream", query, head, body)
        connection = Connection(request, self._hear, last_event_id=cursor, silence=HELLO_TIMEOUT)
        self._connection, self._tokens.current = connection, token
        try:
            await self._server.connect(connection)
            if self._is_paused:
                connection.pause()
            await connection.closed
        except (OSError, TimeoutError, *BROKEN) as error:
            self._why = (str(error) or "no answer in time") + self._way
        finally:
            connection.abort()
            self._connection = None
            self._changes.end()
            await self._end_tasks()
        if self._failure is not None:
            raise self._failure
        if self._planned:
            # At once, but for one that does not help.
            return back_off(self._reopened, random.random(), self._retry) if self._reopened > 1 else 0.0
        return self._after(connection)

    async def _token(self) -> str | None:
        """Return a token; None if there is none now, after there was one."""
        try:
            return await self._tokens.new()
        except Exception as error:
            # The first failure is most likely a mistake of the program; later ones may pass.
            if not self._opened:
                raise
            self._why = str(error) if isinstance(error, TokenError) else f"no token: {error!r}"
            return None

    def _opening(self) -> tuple[Request, bytes]:
        """Return what to ask with, and the cursor; empty: it starts over."""
        replica, wanted = self._replica, self._changes.wanted
        resumable = [entry for entry in wanted if entry in replica.coverage.covered]
        resumes = bool(replica.cursor and resumable) and not self._fresh
        request = self._requests.of(resumable if resumes else wanted)
        replica.opening(request.included, resumes, wanted)
        return request, replica.cursor

    def _after(self, connection: Connection) -> float:
        """Return how long to wait after a connection. Raises StreamRefusedError."""
        if connection.sse.retry is not None:
            self._retry = float(connection.sse.retry)
        if self._bye is not None:
            return min(max(self._bye, LEAST_RETRY) / 1000, LONGEST_WAIT)
        if connection.status == 0 or connection.is_stream:
            served = (
                "the server closed the stream"
                if connection.is_served
                else "no gateway can take this stream now"
            )
            self._why = self._why or served
            if connection.status == 0:
                self._requests.unanswered()
            return self._again()
        return self._refused(connection)

    def _again(self, least: float = 0.0) -> float:
        self._attempts += 1
        return back_off(self._attempts - 1, random.random(), self._retry, least)

    def _refused(self, connection: Connection) -> float:
        """Return how long to wait after an answer that is no stream. Raises StreamRefusedError."""
        if self._requests.otherwise(connection.status, is_problem(connection)):
            return 0.0
        error = refusal_of(connection, self._way)
        self._why = str(error)
        least = retry_after(connection.headers.get("retry-after", ""), time.time())
        if connection.status == 401 and self._tokens.is_renewable and self._denials < _DENIALS:
            self._denials += 1
            return self._again(least)
        # What is no problem document is of something on the way; it passes, if a stream came this way before.
        if may_change(connection.status) or (self._opened and not is_problem(connection)):
            return self._again(least)
        raise error

    # Events

    def _hear(self, events: list[Event]) -> None:
        for event in events:
            if event.type == b"hello" and not self._greet(event.data):
                break
            self._replica.take(event)
            if event.type == b"hello":
                self._begin()
            elif event.type == b"bye":
                self._take_bye(event.data)
        self._on_news()

    def _greet(self, data: bytes) -> bool:
        """Take a hello; return whether the stream may go on with it."""
        with suppress(*_UNREADABLE):
            hello = orjson.loads(data)
            rights, before = hello.get("rights", ""), self._hello.get("rights", "")
            if self._hello and rights != before and hello["resumed"] not in ("new", "reset"):
                # What it may have now was never in a snapshot, and what it had it may not have any more.
                self._hello["rights"] = rights
                self._reopen(fresh=True)
                return False
            self._hello = hello
            self._retry = float(hello.get("retry", self._retry))
            if self._connection is not None:
                self._connection.watch(silence_of(int(hello["heartbeat"])))
        return True

    def _begin(self) -> None:
        """The stream is open."""
        self._link, self._why = "open", ""
        self._opened += 1
        self._requests.opened()
        self._attempts = self._denials = 0
        self._fresh = False
        if self._hello.get("case") != "keep":
            self._replica.coverage.fold()
            self._changes.fold()
        self._changes.begin(str(self._hello.get("stream", "")), self._replica.coverage.requested)
        self._start(self._mend())
        if self._tokens.is_renewable and self._tokens.expires:
            self._start(renew(self._tokens, self._changes.show, lambda: self._reopen(fresh=False)))

    def _take_bye(self, data: bytes) -> None:
        with suppress(*_UNREADABLE):
            bye = orjson.loads(data)
            self._bye = float(bye["retry"])
            self._why = f"the gateway has closed the stream: {bye['reason']}"

    # Beside the stream

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

    async def _end_tasks(self) -> None:
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        for found in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(found, Exception):
                _log.error("a mistake in tickcast.follow", exc_info=found)

    async def _mend(self) -> None:
        try:
            await self._changes.mend()
        except StreamRefusedError as error:
            if self._hello.get("resumed") in ("new", "reset"):
                # It was opened with as much as fits into a query: the rest will always be refused.
                self._failure = error
                self._abort()
            else:
                # Whoever wanted it has gone on: opened with all of it, the stream itself is refused, and why.
                self._reopen(fresh=True)
        else:
            self._reopened = self._reopened if self._planned else 0

    def _reopen(self, fresh: bool) -> None:
        """Open another stream in place of this one; `fresh`: not after the cursor."""
        self._planned, self._fresh = True, self._fresh or fresh
        self._reopened += 1
        self._abort()

    def _abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()
