"""The chart of the page: true to the bars of the gateway, for whichever symbol is chosen."""

import asyncio
import signal

import pytest
from playwright.async_api import Route

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.fed import fed
from tests.web.truth import CHART, shows_newest, shows_the_snapshot

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


async def test_the_last_candle_is_the_gateways_newest_bar_by_second_and_by_minute() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?chart=MSFT") as visit:
        await eventually(lambda: draws(visit, "MSFT", "1s"))
        await visit.page.check("input[value='1m']", force=True)
        await eventually(lambda: draws(visit, "MSFT", "1m"))
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: shows_newest(visit, stack.url, "MSFT", "1m"))
        await visit.page.check("input[value='1s']", force=True)
        await eventually(lambda: shows_newest(visit, stack.url, "MSFT", "1s"))


async def test_another_symbol_is_drawn_when_its_row_is_chosen() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: draws(visit, "AAPL", "1s"))
        await visit.page.click("tr[data-symbol=NVDA] .name")
        await eventually(lambda: draws(visit, "NVDA", "1s"))
        assert await visit.page.inner_text("[data-place=symbol]") == "NVDA"
        assert await visit.page.get_attribute("tr[data-symbol=NVDA] button", "aria-pressed") == "true"
        assert visit.page.url.endswith("?chart=NVDA")
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: shows_newest(visit, stack.url, "NVDA", "1s"))


async def test_the_symbol_of_the_address_is_drawn_though_its_row_is_made_late() -> None:
    async with (
        running_stack(1, symbols=100, rate=200, seed=5) as stack,
        visiting(f"{stack.url}/?chart=TSLA") as visit,
    ):
        await eventually(lambda: draws(visit, "TSLA", "1s"))
        assert visit.page.url.endswith("?chart=TSLA")


async def test_a_paused_display_turns_to_another_symbol_whole_not_with_the_old_ones_candles() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: draws(visit, "AAPL", "1s"))
        stack.publisher.signal(signal.SIGSTOP)
        # The candle of a paused display closes at its price: let that be the newest.
        await eventually(lambda: shows_the_snapshot(visit, stack.url))
        await visit.page.click("#pause")
        await visit.page.click("tr[data-symbol=NVDA] .name")
        await eventually(lambda: shows_newest(visit, stack.url, "NVDA", "1s"))


async def test_no_other_symbols_candles_stand_under_a_name_while_its_history_is_read() -> None:
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: draws(visit, "AAPL", "1s"))
        await visit.page.route("**/v1/bars/NVDA*", hold)
        await visit.page.click("tr[data-symbol=NVDA] .name")
        await eventually(lambda: loads(visit, "NVDA"))
        answered.set()
        await eventually(lambda: draws(visit, "NVDA", "1s"))
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: shows_newest(visit, stack.url, "NVDA", "1s"))


async def test_after_a_clock_was_set_back_the_chart_goes_on_from_there() -> None:
    async with fed() as page:
        for q in (1, 2, 3):
            await page.tick("A", q, str(100 + q), second=1000 + q)
        await page.visit.page.goto(page.url)
        await eventually(lambda: tells(page.visit, "close 103"))
        for q in (4, 5):
            await page.tick("A", q, str(100 + q), second=900 + q)
            # A source that reports no volume has none, not a volume of 0.
            newest = ", ".join(f"{name} {100 + q}" for name in ("open", "high", "low", "close"))
            await eventually(lambda newest=newest: tells(page.visit, f"the newest: {newest}"))


async def test_without_the_library_the_page_works_and_says_what_is_missing() -> None:
    async with running_stack(1, **MARKET) as stack, visiting("about:blank") as visit:
        await visit.page.route("**/vendor/*", lambda route: route.fulfill(status=404))
        await visit.page.goto(stack.url)
        await eventually(lambda: says_what_is_missing(visit))
        await eventually(lambda: shows_rows(visit, 12))
        assert await visit.violations() == []


async def test_the_charts_makers_are_named_as_their_licence_asks() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        link = visit.page.get_by_role("link", name="TradingView")
        assert await link.get_attribute("href") == "https://www.tradingview.com/"
        assert await link.is_visible()


async def loads(visit: Visit, symbol: str) -> bool:
    name, note, drawn = await visit.page.evaluate(
        """["symbol", "note", "chart"].map((place) => document.querySelector(`[data-place=${place}]`))
             .map((element) => element.getAttribute("aria-label") ?? element.textContent)"""
    )
    return (name, note) == (symbol, "Loading") and "close" not in drawn


async def tells(visit: Visit, words: str) -> bool:
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    return label.endswith(words)


async def says_what_is_missing(visit: Visit) -> bool:
    return "make install" in await visit.page.inner_text("[data-place=note]")


async def shows_rows(visit: Visit, count: int) -> bool:
    return len(await visit.cells()) == count


async def draws(visit: Visit, symbol: str, interval: str) -> bool:
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    return f"of {symbol}, {interval} each" in label and "close" in label
