"""`tickcast.follow_blocking`: prices from a gateway, in a program without an event loop.

It runs a Follow in an event loop of a thread of its own, and fetches all that waits there at once.
"""

import os
import ssl
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Generic, Self, overload

from tickcast.client.events import Event, N, StreamState
from tickcast.client.follow import Follow
from tickcast.client.loop_thread import LoopThread
from tickcast.client.tokens import TokenSource


class BlockingFollow(Generic[N]):
    """A stream of prices that stays, as `Follow` is, without an event loop: iterate over it.

        with tickcast.follow_blocking("http://127.0.0.1:8080", ["AAPL", "B*"]) as prices:
            for event in prices:
                ...

    Other threads may call its methods. A forked process has to make its own.
    """

    def __init__(self, follow: Follow[N]) -> None:
        """Connect nothing yet."""
        self._follow: Follow[N] = follow
        self._fetched: deque[Event[N]] = deque()
        self._fetching = threading.Lock()
        self._starting = threading.Lock()
        self._thread: LoopThread | None = None
        self._is_closed = False
        self._process = os.getpid()

    @property
    def state(self) -> StreamState:
        """How the stream stands right now."""
        return self._follow.state

    @property
    def gaps(self) -> Mapping[str, int]:
        """Gaps so far, by reason."""
        return self._follow.gaps

    @property
    def lag(self) -> float | None:
        """Age of the newest tick when it arrived, in ms, by the clock of the gateway; None before any."""
        return self._follow.lag

    def add(self, *symbols: str) -> None:
        """Add symbols or prefixes to the running stream, as `Follow.add` does."""
        if (thread := self._started()) is not None:
            thread.run(self._follow.add(*symbols))

    def drop(self, *symbols: str) -> None:
        """Drop symbols or prefixes, as `Follow.drop` does."""
        if (thread := self._started()) is not None:
            thread.run(self._follow.drop(*symbols))

    def batch(self, seconds: float = 0.0) -> list[Event[N]]:
        """Return all events that wait, as `Follow.batch` does."""
        with self._fetching:
            found = list(self._fetched)
            self._fetched.clear()
            return found or self._fetch(seconds)

    def batches(self, seconds: float = 0.0) -> Iterator[list[Event[N]]]:
        """Yield what `batch` returns, until the end."""
        while found := self.batch(seconds):
            yield found

    def close(self) -> None:
        """End the stream and its thread; the iteration ends."""
        with self._starting:
            self._is_closed = True
            thread, self._thread = self._thread, None
        self._fetched.clear()
        if thread is not None and os.getpid() == self._process:
            thread.run(self._follow.close())
            # A thread that waits for events is told first.
            with self._fetching:
                thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Event[N]:
        while True:
            try:
                return self._fetched.popleft()
            except IndexError:
                with self._fetching:
                    # Another thread may have fetched meanwhile.
                    if not self._fetched:
                        self._fetched.extend(self._fetch(0.0))
                        if not self._fetched:
                            raise StopIteration from None

    def _fetch(self, seconds: float) -> list[Event[N]]:
        thread = self._started()
        return [] if thread is None else thread.run(self._follow.batch(seconds))

    def _started(self) -> LoopThread | None:
        """Return the thread; None after the end."""
        if os.getpid() != self._process:
            raise RuntimeError("this stream was made before a fork; make one in each process")
        with self._starting:
            if self._thread is None and not self._is_closed:
                self._thread = LoopThread()
            return self._thread


@overload
def follow_blocking(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> BlockingFollow[Decimal]: ...


@overload
def follow_blocking(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    *,
    numbers: type[N],
    tls: ssl.SSLContext | None = None,
) -> BlockingFollow[N]: ...


def follow_blocking(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    numbers: Any = Decimal,
    tls: ssl.SSLContext | None = None,
) -> Any:
    """Return prices from a gateway, as an iterator and context manager, for a program without an event loop.

    Arguments and errors are those of `follow`. A function for the token is called in another thread.
    """
    follow = Follow(url, symbols, interval=interval, bars=bars, token=token, numbers=numbers, tls=tls)
    return BlockingFollow(follow)
