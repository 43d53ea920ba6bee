"""`tail` as a table that fills the terminal, is scrolled by keys, and stays below when it ends."""

import asyncio
import contextlib
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from tickcast.cli.tail.absent import Absent, absent_words
from tickcast.cli.tail.follow import Wanted, follow, symbols_of
from tickcast.cli.tail.keys import Key
from tickcast.cli.tail.page import Page, Size
from tickcast.cli.tail.price_table import PriceTable
from tickcast.cli.tail.terminal import Terminal
from tickcast.client.sse import Event
from tickcast.runtime.urls import shown_url

_REDRAW = 0.2
"""Seconds between two drawings of the table; the eye follows no faster."""


async def draw_table(wanted: Wanted, count: int | None) -> int:
    """Draw until a key or signal ends it, or after `count` ticks; return the exit code.

    Raises what `follow` raises, with the terminal as it was.
    """
    view = _View(wanted, count)
    try:
        return await view.run()
    finally:
        view.leave()


class _View:
    """The table of one stream on the terminal."""

    def __init__(self, wanted: Wanted, count: int | None) -> None:
        self._wanted, self._count = wanted, count
        self._table, self._page, self._absent = PriceTable(), Page(), Absent(wanted.symbols)
        self._changed, self._code = asyncio.Event(), asyncio.get_running_loop().create_future()
        self._describing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._console = Console()
        self._size = Size(80, 24)

    async def run(self) -> int:
        """Return the exit code."""
        with Terminal(self._press, self._changed.set, lambda number: self._end(128 + number)) as terminal:
            work: set[asyncio.Future[Any]] = {
                asyncio.ensure_future(self._follow()),
                asyncio.ensure_future(self._draw(terminal)),
                self._code,
            }
            try:
                done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in (*work, self._describing):
                    each.cancel()
                await asyncio.gather(*work, self._describing, return_exceptions=True)
        # Raises what has ended it.
        return max(each.result() or 0 for each in done)

    def leave(self) -> None:
        """Print what was shown last, for whoever reads on in the shell."""
        with contextlib.suppress(OSError):
            quotes = list(self._table.quotes)
            for line in self._page.lines(self._table.words, "", quotes, self._size) if quotes else ():
                self._console.print(line, no_wrap=True, crop=False)

    def _press(self, key: Key) -> None:
        if key is Key.QUIT:
            self._end(0)
        self._page.scroll.press(key)
        self._changed.set()

    def _end(self, code: int) -> None:
        if not self._code.done():
            self._code.set_result(code)

    async def _follow(self) -> None:
        async with contextlib.aclosing(follow(self._wanted, self._table.set_connection)) as events:
            async for event in events:
                if event.type == b"hello":
                    # Prices do not wait for what they are compared with.
                    self._describing.cancel()
                    self._describing = asyncio.ensure_future(self._describe())
                self._take(event)
                if self._count is not None and self._table.ticks >= self._count:
                    return

    async def _describe(self) -> None:
        with contextlib.suppress(KeyError, TypeError):
            self._table.quotes.describe(await symbols_of(self._wanted))

    def _take(self, event: Event) -> None:
        self._absent.hear(event.type, event.data, time.monotonic())
        # A newer server may send other fields; an event that cannot be read changes nothing.
        with contextlib.suppress(ValueError, KeyError, TypeError):
            self._table.on_event(event.type.decode(), event.data.decode())

    async def _draw(self, terminal: Terminal) -> None:
        while True:
            self._changed.clear()
            self._size = terminal.size
            names = self._absent.names(time.monotonic())
            notice = absent_words(names, shown_url(self._wanted.url)) if names else ""
            quotes = list(self._table.quotes)
            lines = self._page.lines(
                self._table.words, notice, quotes, self._size, has_keys=terminal.has_keys
            )
            terminal.draw([self._styled(line) for line in lines])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_REDRAW):
                    await self._changed.wait()

    def _styled(self, line: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(line, end="", no_wrap=True, crop=False, soft_wrap=True)
        return capture.get()
