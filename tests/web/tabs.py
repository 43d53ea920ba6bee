"""Tabs of one browser, each with a Tickcast stream, as the pages of an application have."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Generic, Protocol, TypeVar

from playwright.async_api import Browser, BrowserContext, Page, Route

from tests.web.browser import chromium
from tests.web.raw_page import RawPage, open_raw_page

BLANK = "/blank"

OPEN = """async (options) => {
  const { Tickcast } = await import("/tickcast.js");
  window.told = [];
  window.bars = [];
  window.base = undefined;
  window.stream = new Tickcast({ ...options,
    onTicks: () => {
      if (base || stream.ticks.size < stream.symbols.length) return;
      base = { received: stream.state.received, ticks: new Map(stream.ticks) };
    },
    onBars: (news) => bars.push(...news),
    onState: ({ link, feed, status, role }) => told.push({ link, feed, status, role }),
  });
}"""


class Scripted(Protocol):
    """A page that runs scripts."""

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression."""


P = TypeVar("P", bound=Scripted)


class Tab(Generic[P]):
    """A tab with a stream and nothing else."""

    def __init__(self, page: P) -> None:
        self.page = page

    async def state(self) -> dict[str, Any]:
        """Return the state of its stream."""
        state: dict[str, Any] = await self.page.evaluate("stream.state")
        return state

    async def role(self) -> str:
        """Return its role among the tabs."""
        role: str = (await self.state())["role"]
        return role

    async def is_open(self) -> bool:
        """Tell whether its stream is open."""
        return bool((await self.state())["link"] == "open")

    async def prices(self) -> dict[str, Any]:
        """Return the newest tick of each symbol."""
        ticks: dict[str, Any] = await self.page.evaluate("Object.fromEntries(stream.ticks)")
        return ticks

    async def sequences(self) -> dict[str, int]:
        """Return the q of the newest tick of each symbol."""
        return {symbol: tick["q"] for symbol, tick in (await self.prices()).items()}

    async def links(self) -> list[str]:
        """Return every state of its connection so far, in order."""
        links: list[str] = await self.page.evaluate("told.map(({ link }) => link)")
        return links

    async def call(self, script: str) -> Any:
        """Run a script that may use `stream`."""
        return await self.page.evaluate(script)


async def open_tab(context: BrowserContext, origin: str, **options: Any) -> Tab[Page]:
    """Open one more tab; `options` are those of Tickcast."""
    page = await context.new_page()
    await page.goto(f"{origin}{BLANK}")
    await page.evaluate(f"({OPEN})({json.dumps(options)})")
    return Tab(page)


async def open_raw_tab(browser: Browser, origin: str, **options: Any) -> Tab[RawPage]:
    """Open one more tab that can be frozen."""
    page = await open_raw_page(browser, f"{origin}/icon.svg")
    await page.evaluate(f"({OPEN})({json.dumps(options)})")
    return Tab(page)


@asynccontextmanager
async def browser_context() -> AsyncIterator[BrowserContext]:
    """Run a Chromium whose tabs share storage, locks and channels."""
    async with chromium() as browser:
        context = await browser.new_context()
        await context.route(f"**{BLANK}", _answer_blank)
        yield context


async def _answer_blank(route: Route) -> None:
    await route.fulfill(content_type="text/html", body="<!doctype html><title>Blank</title>")
