"""`tickcast.follow`: prices from a gateway, in a program with an event loop."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal
from types import TracebackType
from typing import Any, Generic, Self, overload

from tickcast.client.asking import params_of, symbols_of
from tickcast.client.events import Event, N, StreamState
from tickcast.client.replica import Replica
from tickcast.client.server import Server
from tickcast.client.tokens import Tokens, TokenSource
from tickcast.client.upstream import Upstream
from tickcast.wire.fields import FieldError

MAX_WAITING = 10_000
"""Events that wait to be taken, about 10 MB; beyond it nothing more is read, and the gateway sends a gap."""

_FEW = MAX_WAITING // 10
"""Events that may still wait when reading goes on."""


class Follow(Generic[N]):
    """A stream of prices that stays: iterate over it, best as a context manager.

        async with tickcast.follow("http://127.0.0.1:8080", ["AAPL", "B*"]) as prices:
            async for event in prices:
                ...

    It yields Tick, Bar, Gap, Status, State and Retired. It comes back after any failure and goes on exactly
    where it was. It ends by `close`, by the end of the context, or with StreamRefusedError. It belongs to one
    event loop, and has one reader.
    """

    def __init__(
        self,
        url: str,
        symbols: str | Iterable[str] = "*",
        *,
        interval: int = 0,
        bars: str | Iterable[str] = (),
        token: TokenSource = None,
        numbers: type[N],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect nothing yet. Arguments and errors are those of `tickcast.follow`."""
        if numbers not in (Decimal, float):
            raise FieldError("numbers: it is Decimal or float")
        if tls is not None and not isinstance(tls, ssl.SSLContext):
            raise FieldError(f"tls: {tls!r:.60} is no ssl.SSLContext; ssl.create_default_context makes one")
        try:
            server = Server(url, direct=False, tls=tls)
        except ValueError as error:
            raise FieldError(f"url: {error}") from None
        self._waiting: deque[Event[N]] = deque()
        self._news = asyncio.Event()
        self._full = asyncio.Event()
        self._replica: Replica[N] = Replica(numbers, self._waiting.append)
        self._upstream = Upstream(
            server, self._replica, symbols_of(symbols), params_of(interval, bars), Tokens(token), self._notice
        )
        self._running: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def state(self) -> StreamState:
        """How the stream stands right now."""
        return self._upstream.state

    @property
    def gaps(self) -> Mapping[str, int]:
        """Gaps so far, by reason."""
        return dict(self._replica.gaps)

    @property
    def lag(self) -> float | None:
        """Age of the newest tick when it arrived, in ms, by the clock of the gateway; None before any."""
        return self._replica.lag

    async def add(self, *symbols: str) -> None:
        """Add symbols, or prefixes such as `B*`, to the running stream; their newest ticks come first.

        Returns when a gateway has taken the change; without an open stream at once: the next one is opened
        with them. Raises FieldError for what can be no symbol, and StreamRefusedError if a gateway refuses
        it: then the stream goes on without.
        """
        await self._upstream.change(add=symbols_of(symbols))

    async def drop(self, *symbols: str) -> None:
        """Drop symbols or prefixes, as they were given. Returns and raises as `add` does.

        A symbol that another entry still covers stays. ValueError: nothing would be left.
        """
        await self._upstream.change(drop=symbols_of(symbols))

    async def close(self) -> None:
        """End the stream; the iteration ends."""
        self._is_closed = True
        self._waiting.clear()
        self._news.set()
        self._full.set()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])

    async def __aenter__(self) -> Self:
        self._start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[N]:
        if not self._waiting:
            await self._ready()
        event = self._waiting.popleft()
        if self._full.is_set() and len(self._waiting) <= _FEW:
            self._read_on()
        return event

    async def batch(self, seconds: float = 0.0) -> list[Event[N]]:
        """Return all events that wait, at least one; an empty list at the end of the stream.

        `seconds`: wait so long for more, unless as many wait as may. Raises as iterating does.
        """
        try:
            await self._ready()
        except StopAsyncIteration:
            return []
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), seconds)
        found = list(self._waiting)
        self._waiting.clear()
        self._read_on()
        return found

    async def batches(self, seconds: float = 0.0) -> AsyncGenerator[list[Event[N]], None]:
        """Yield what `batch` returns, until the end."""
        while found := await self.batch(seconds):
            yield found

    def _read_on(self) -> None:
        self._full.clear()
        self._upstream.resume()

    async def _ready(self) -> None:
        """Return when an event waits. Raises StopAsyncIteration at the end, and StreamRefusedError."""
        self._start()
        assert self._running is not None
        while not self._waiting:
            if self._is_closed:
                raise StopAsyncIteration
            if self._running.done():
                # Raises what has ended it.
                self._running.result()
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()

    def _start(self) -> None:
        if self._running is None and not self._is_closed:
            self._running = asyncio.create_task(self._upstream.run())
            self._running.add_done_callback(lambda _: self._news.set())

    def _notice(self) -> None:
        if self._waiting:
            self._news.set()
            if len(self._waiting) > MAX_WAITING and not self._full.is_set():
                self._full.set()
                self._upstream.pause()


@overload
def follow(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    *,
    tls: ssl.SSLContext | None = None,
) -> Follow[Decimal]: ...


@overload
def follow(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    *,
    numbers: type[N],
    tls: ssl.SSLContext | None = None,
) -> Follow[N]: ...


def follow(
    url: str,
    symbols: str | Iterable[str] = "*",
    interval: int = 0,
    bars: str | Iterable[str] = (),
    token: TokenSource = None,
    numbers: Any = Decimal,
    tls: ssl.SSLContext | None = None,
) -> Any:
    """Return prices from a gateway, as an async iterator and context manager.

    `url` is where the routes of a gateway begin: `http://127.0.0.1:8080`, `https://example.com/prices`.
    `symbols` are names, and prefixes such as `B*`, as a list or with commas between; `*` is all. `interval` 0
    is every tick; otherwise at most one tick of a symbol in so many ms, the newest. `bars` are intervals of
    bars that come beside the ticks: `1s`, `1m`, `15m`, `1d`. `token` is a token, or a function, async or not,
    that returns one that is good for some time: it is called whenever a stream is opened, and before a token
    expires. `numbers` is Decimal, with the digits as they were sent, or float, which is faster. `tls` proves
    the server of an https address: without it the CAs of the system do.

    The proxy is that of the environment (HTTPS_PROXY, NO_PROXY, ...). Raises FieldError, a ValueError, for an
    argument that cannot be right. Iterating raises StreamRefusedError if the server refuses the stream for
    good, and what the function for the token raises before the first stream.
    """
    return Follow(url, symbols, interval=interval, bars=bars, token=token, numbers=numbers, tls=tls)
