"""What the source says of a symbol, such as that it is halted, stands beside its price until it is over."""

from functools import partial
from itertools import count

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit, choose
from tests.web.fed import fed
from tests.web.test_accessibility import axe, violations
from tests.web.watchlist import has_price, is_live, reads
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Retired, SymbolState

__all__ = ["axe"]

pytestmark = pytest.mark.browser

LONG = "W" * 64
SYMBOLS = ["AAA", "BBB", LONG]
KNOWN = [Instrument(symbol, f"{symbol} Inc", "0.01", "100", "USD") for symbol in SYMBOLS]

# What each view says besides AAA's price: row, chart, what a screen reader is told of the chart, and the tab.
SAID = """() => ({
  row: document.querySelector("tr[data-symbol=AAA] .src")?.textContent,
  chart: document.querySelector("[data-place=src]").textContent,
  told: document.querySelector("[data-place=chart]").ariaLabel.match(/AAA, 1\\w each, (\\w+)/)?.[1] ?? "",
  tab: document.title.match(/AAA ([a-z]+)/)?.[1] ?? "",
})"""

# Labels that are cut, or that lie over their symbol.
BAD_LABELS = """[...document.querySelectorAll("#rows tr")].filter((row) => {
  const [label, button] = [".src", "button"].map((each) => row.querySelector(each).getBoundingClientRect());
  const cell = row.querySelector(".symbol").getBoundingClientRect();
  return label.right > cell.right + 0.5 || label.left < button.right - 0.5 || button.width < 20;
}).map((row) => row.textContent.slice(-40))"""

times = count(1_000_000)


async def test_a_halt_stands_beside_the_price_in_every_view_until_it_is_over(axe: str) -> None:
    async with fed(*KNOWN) as page:
        visit = page.visit
        for symbol in SYMBOLS:
            await page.tick(symbol, 1, "101.00")
        # Said before the page comes: it follows the snapshot.
        await page.feeder.say(turned("AAA", "halted"), turned(LONG, "suspect"))
        await visit.page.goto(f"{page.url}/?chart=AAA")
        await eventually(lambda: says(visit, "halted"))
        await eventually(lambda: is_live(visit))
        # A price does not end it.
        await page.tick("AAA", 2, "102.00")
        await eventually(lambda: reads(visit, "tr[data-symbol=AAA] .last", "102.00"))
        assert await says(visit, "halted")
        assert await violations(visit, axe) == {}
        for width in (320, 390, 1024, 2560):
            await visit.page.set_viewport_size({"width": width, "height": 800})
            assert await visit.page.evaluate(BAD_LABELS) == [], width
        await visit.page.set_viewport_size({"width": 1440, "height": 900})
        await is_on_the_map(visit, "halted")

        await page.feeder.say(turned("AAA", "live"))
        await eventually(lambda: says(visit, ""))
        await eventually(lambda: begins(visit, "#notice", "AAA turned live at "))
        await is_on_the_map(visit, "")
        assert visit.complaints == []


async def test_a_paused_page_keeps_the_states_of_its_moment_and_a_retired_symbol_has_none() -> None:
    async with fed(*KNOWN) as page:
        visit = page.visit
        await page.tick("AAA", 1, "101.00")
        await page.tick("BBB", 1, "101.00")
        await visit.page.goto(f"{page.url}/?symbols=AAA,BBB&chart=AAA")
        await eventually(lambda: has_price(visit, "AAA"))
        await visit.page.click("#pause")
        await page.feeder.say(turned("AAA", "closed"), turned("BBB", "stale"))
        await eventually(lambda: begins(visit, "#notice", "AAA turned closed at "))
        assert await says(visit, "")
        await visit.page.click("#pause")
        await eventually(lambda: says(visit, "closed"))
        await eventually(lambda: reads(visit, "tr[data-symbol=BBB] .src", "stale"))
        await page.feeder.say(Retired("BBB", "producer"))
        await eventually(lambda: reads(visit, "tr[data-symbol=BBB] .src", ""))
        assert visit.complaints == []


def turned(symbol: str, state: str) -> SymbolState:
    return SymbolState(symbol, state, next(times))


async def says(visit: Visit, state: str) -> bool:
    return bool(await visit.page.evaluate(SAID) == dict.fromkeys(("row", "chart", "told", "tab"), state))


async def begins(visit: Visit, place: str, text: str) -> bool:
    return (await visit.page.inner_text(place)).startswith(text)


async def is_on_the_map(visit: Visit, state: str) -> None:
    """Check what is said of AAA's tile, to the pointer and to a screen reader."""
    await choose(visit, "map")
    await visit.page.focus(".tiles")
    await visit.page.keyboard.press("Home")
    tile = ".tiles [role=option]:not([hidden])"

    async def is_said(place: str) -> bool:
        text = await visit.page.locator(place).text_content() or ""
        return text.startswith("AAA") and text.endswith(state or ":02")

    for place in (tile, "#market .quote"):
        await eventually(partial(is_said, place))
    await choose(visit, "list")
