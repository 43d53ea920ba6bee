"""The watchlist as a reader sees it, and what a test can see of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.shared import shared_here

MARKET = {"symbols": 12, "rate": 200, "seed": 5}

MARKET_NAME = "market"
"""By this name the tests of a file share a cluster."""


@asynccontextmanager
async def watching(query: str = "", rows: int = 12, **context: Any) -> AsyncIterator[Visit]:
    """Show the page of a cluster that other tests look at as well: nobody stops or changes it."""
    shared = shared_here()
    assert shared is not None
    stack = await shared.once(MARKET_NAME, lambda: running_stack(1, **MARKET))
    async with visiting(f"{stack.url}/{query}", **context) as visit:
        await eventually(lambda: shows(visit, rows))
        await eventually(lambda: all_named(visit))
        yield visit


async def shows(visit: Visit, count: int) -> bool:
    return len(await visit.order()) == count


async def all_named(visit: Visit) -> bool:
    return all(row[1] != "–" for row in (await visit.cells()).values())


async def notice(visit: Visit) -> str:
    return await visit.page.inner_text("#notice")


async def add(visit: Visit, text: str) -> None:
    await visit.page.fill("#symbol", text)
    await visit.page.press("#symbol", "Enter")


async def remove(visit: Visit, symbol: str) -> None:
    await visit.page.focus(f"tr[data-symbol={symbol}] button")
    await visit.page.keyboard.press("Delete")


async def focused(visit: Visit) -> str | None:
    symbol: str | None = await visit.page.evaluate("document.activeElement.closest('tr')?.dataset.symbol")
    return symbol


async def focused_is(visit: Visit, symbol: str) -> bool:
    return await focused(visit) == symbol


async def asks(visit: Visit, query: str) -> bool:
    return bool(await visit.page.evaluate("location.search") == query)


async def is_named(visit: Visit, symbol: str, name: str) -> bool:
    return (await visit.cells())[symbol][1] == name


async def turned_to(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("#detail h2") == symbol


async def is_live(visit: Visit) -> bool:
    return await visit.status() == "Live"


async def is_refused(visit: Visit) -> bool:
    return (await visit.status()).startswith("Live, but a change was refused: ")


async def has_price(visit: Visit, symbol: str) -> bool:
    return (await visit.cells()).get(symbol, ["", "", "", "–"])[3] != "–"


async def chosen_is(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("[data-place=symbol]") == symbol


async def order_is(visit: Visit, symbols: list[str]) -> bool:
    return await visit.order() == symbols


async def order_changed(visit: Visit, before: list[str]) -> bool:
    return await visit.order() != before


async def differs(visit: Visit, place: str, before: str) -> bool:
    return await visit.page.inner_text(place) != before


async def reads(visit: Visit, place: str, words: str) -> bool:
    return await visit.page.inner_text(place) == words


async def all_moved_on(visit: Visit, before: dict[str, list[str]]) -> bool:
    now = await visit.cells()
    return all(now[symbol] != before[symbol] for symbol in now)


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "").replace(",", ""))
