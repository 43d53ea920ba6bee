"""Hands in prices to a feed: `BlockingPublisher`, for programs without an event loop.

It runs a Publisher in an event loop of a thread of its own. A child that was forked has no such thread, so it
begins a new Publisher, with an id of its own; what waited when it was forked, the parent hands in.
"""

import atexit
import logging
import os
import threading
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from tickcast.client.errors import PublishError
from tickcast.client.lines import Line, tick_lines
from tickcast.client.loop_thread import LoopThread
from tickcast.client.methods import Methods
from tickcast.client.publisher import Publisher

_GIVEN = 1000
"""Lines that may wait for the thread to fetch them."""

T = TypeVar("T")
_log = logging.getLogger("tickcast")


class _Engine:
    """A Publisher, and the thread that runs it."""

    def __init__(self, publisher: Publisher) -> None:
        self.publisher = publisher
        self._given: deque[Line] = deque()
        """Lines for the publisher, which its thread will fetch."""
        self._fetches = False
        """The thread has been asked to fetch them."""
        self._ends = False
        self._gate = threading.Lock()
        """Held to give a line and to end: a line that was given is fetched before the end."""
        # It does not keep the program from ending: `_at_exit` hands in what waits then.
        self._thread = LoopThread()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns in the thread."""
        if self._ends:
            work.close()
            raise PublishError("this publisher is closed")
        return self._thread.run(work)

    def put(self, line: Line) -> None:
        """Add a line when there is room. Raises PublishError."""
        if self.publisher.is_held_up or len(self._given) >= _GIVEN:
            # The thread has fetched what was given before when it comes to this.
            self.run(self.publisher.ready(line.symbol))
        with self._gate:
            if self._ends:
                raise PublishError("this publisher is closed")
            self._given.append(line)
            if not self._fetches:
                self._fetches = True
                self._thread.loop.call_soon_threadsafe(self._fetch)

    def _fetch(self) -> None:
        self._fetches = False
        while self._given:
            self.publisher.add(self._given.popleft())

    def close(self) -> None:
        """Hand in what waits, and end the thread. Raises what `Publisher.close` raises."""
        with self._gate:
            self._ends = True
        try:
            self._thread.run(self.publisher.close())
        finally:
            self._thread.stop()


class BlockingPublisher(Methods[None]):
    """Publishes prices into a feed, as `Publisher` does, without an event loop. A context manager.

    Several threads may use it, and forked children, each of which is a producer of its own. What waits at the
    end of the program is handed in then, for at most 10 s.
    """

    def __init__(self, redis_url: str | None = None, *, feed: str = "main", by: str | None = None) -> None:
        """Connect nothing yet. Arguments and errors are those of `Publisher`."""
        self._arguments: dict[str, Any] = {"redis_url": redis_url, "feed": feed, "by": by}
        self._fresh: Publisher | None = Publisher(**self._arguments)
        """A publisher that no thread runs yet."""
        self._engine: _Engine | None = None
        self._starting = threading.Lock()
        self._closed = False
        _open.add(self)

    def publish_many(self, ticks: Iterable[Mapping[str, Any]]) -> None:
        """Publish ticks in order, as `Publisher.publish_many` does."""
        for line in tick_lines(ticks):
            self._put(line)

    def flush(self, timeout: float | None = None) -> None:
        """Return when Redis has taken all, as `Publisher.flush` does."""
        if self._engine is not None:
            engine = self._engine
            engine.run(engine.publisher.flush(timeout))

    def close(self) -> None:
        """Hand in what waits and close the connections, as `Publisher.close` does."""
        _open.discard(self)
        with self._starting:
            self._closed = True
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except (PublishError, TimeoutError) as failure:
            if error is None:
                raise
            _log.error("closed with an error: %s", failure)

    def _put(self, line: Line) -> None:
        (self._engine or self._start()).put(line)

    def _start(self) -> _Engine:
        with self._starting:
            if self._closed:
                raise PublishError("this publisher is closed")
            if self._engine is None:
                publisher, self._fresh = self._fresh or Publisher(**self._arguments), None
                self._engine = _Engine(publisher)
            return self._engine

    def _forked(self) -> None:
        """Begin again in a forked child."""
        # Ending the parent's loop here would change what the parent waits for: they share it in the kernel.
        _left.append(self._engine)
        self._engine = self._fresh = None
        self._starting = threading.Lock()


_open: set[BlockingPublisher] = set()
"""Those that are to be closed at the end of the program."""

_left: list[_Engine | None] = []
"""Of the parent, in a forked child."""


def _at_exit() -> None:
    for each in list(_open):
        try:
            each.close()
        except (PublishError, TimeoutError) as failure:
            _log.error("prices are lost at the end of the program: %s", failure)


def _in_child() -> None:
    for each in list(_open):
        each._forked()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
