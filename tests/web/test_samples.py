"""The samples of docs/browser.md for a plain EventSource, run as they stand there."""

import pytest

from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.support.stack import running_stack
from tests.web.tabs import BLANK, browser_context

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


def plain_samples() -> str:
    """Return the samples before those of tickcast.js, and a script that gives their names to the test."""
    reader = block("docs/browser.md", "The stream in a browser", 0)
    changer = block("docs/browser.md", "The stream in a browser", 1)
    # The id must have come before it is used.
    begun = 'await new Promise((resolve) => source.addEventListener("snapshot", resolve));\n'
    changes = changer.split("await change(")[0]
    return f"(async () => {{ {reader} {changes} {begun} Object.assign(window, {{ prices, change }}); }})()"


async def test_a_symbol_leaves_only_when_nothing_covers_it_any_more() -> None:
    async with running_stack(1, **MARKET) as stack, browser_context() as context:
        page = await context.new_page()
        await page.goto(f"{stack.url}{BLANK}")
        await page.evaluate(plain_samples())

        async def prices() -> list[str]:
            symbols: list[str] = await page.evaluate("[...prices.keys()].sort()")
            return symbols

        async def come_to(symbols: list[str]) -> None:
            async def have() -> bool:
                return await prices() == symbols

            await eventually(have)

        await come_to(["AAPL", "MSFT"])
        await page.evaluate("change(['TSLA'], ['AAPL'])")
        await come_to(["MSFT", "TSLA"])
        # The pattern replaces the two entries, whose prices continue.
        await page.evaluate("window.lost = []; prices.delete = (symbol) => lost.push(symbol); change(['*'])")

        async def all_there() -> bool:
            return len(await prices()) == MARKET["symbols"]

        await eventually(all_there)
        assert await page.evaluate("delete prices.delete && lost") == []
        await page.evaluate("change(['MS*'], ['*'])")
        await come_to(["MSFT"])
