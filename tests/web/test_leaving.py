"""Symbols that leave are gone from the page, and prices that are not real say so, each beside its symbol."""

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import SECOND, fed
from tests.web.truth import CHART
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Retired
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

SLOW_FRAMES = """() => {
  window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 1500);
}"""


async def shows(visit: Visit, **symbols: tuple[str, str]) -> bool:
    """Tell whether these rows are there, each with its label and last price, and no others; asserts so."""
    rows = await visit.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) =>
             [row.dataset.symbol, [".src", ".last"].map((part) => row.querySelector(part).textContent)]))"""
    )
    assert {symbol: tuple(texts) for symbol, texts in rows.items()} == symbols
    return True


async def test_a_retired_symbol_leaves_the_page_and_each_symbol_says_where_its_price_comes_from() -> None:
    instruments = [Instrument(symbol, symbol, "0.01", "5", "USD") for symbol in ("AAA", "BBB", "CCC")]
    async with fed(*instruments) as page:
        for symbol in ("AAA", "CCC"):
            await page.tick(symbol, 1, "5.00")
        invented = encode_tick(Tick("BBB", SECOND, "6.00"), 1, ',"src":"sim"}')
        await page.feeder.publish([(b"BBB", invented)])
        await page.visit.page.goto(f"{page.url}/?symbols=*&chart=AAA")
        await eventually(lambda: shows(page.visit, AAA=("", "5.00"), BBB=("sim", "6.00"), CCC=("", "5.00")))

        async def says(text: str) -> bool:
            return await page.visit.page.inner_text("#source") == text

        await eventually(lambda: says("1 of 3 symbols are simulated"))
        await page.feeder.say(Retired("AAA", "producer"), Retired("BBB", "source"))
        await eventually(lambda: shows(page.visit, CCC=("", "5.00")))
        await eventually(lambda: says(""))
        # Without its instrument nobody knows how many digits it has.
        await page.tick("AAA", 1, "7.00")
        await eventually(lambda: shows(page.visit, AAA=("", "7"), CCC=("", "5.00")))
        assert page.visit.complaints == []


async def test_a_symbol_asked_for_by_name_keeps_its_row_without_a_price() -> None:
    async with fed(Instrument("AAA", "A", "0.01", "5", ""), Instrument("BBB", "B", "0.01", "5", "")) as page:
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 1, "5.00")
        await page.visit.page.goto(f"{page.url}/?symbols=AAA,BBB")
        await eventually(lambda: shows(page.visit, AAA=("", "5.00"), BBB=("", "5.00")))
        await page.feeder.say(Retired("AAA", "idle"))
        await eventually(lambda: shows(page.visit, AAA=("", "–"), BBB=("", "5.00")))


async def charts(visit: Visit, symbol: str, note: str, end: str) -> bool:
    """Tell whether the chart is of a symbol, with this note, and its description ends so; asserts so."""
    shown = [await visit.page.inner_text(f"[data-place={place}]") for place in ("symbol", "note")]
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    assert (shown, label.endswith(end)) == ([symbol, note], True), f"{shown}, {label}"
    return True


async def test_the_chart_says_that_its_symbol_has_left_and_drops_its_candles() -> None:
    async with fed(Instrument("AAA", "A", "0.01", "5", ""), Instrument("BBB", "B", "0.01", "5", "")) as page:
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 1, "5.00")
        visit = page.visit
        await visit.page.goto(f"{page.url}/?symbols=AAA,BBB&chart=AAA")
        await eventually(lambda: charts(visit, "AAA", "", "close 5"))
        await page.feeder.say(Retired("AAA", "idle"))
        await eventually(lambda: charts(visit, "AAA", "AAA has left the feed.", "of AAA, 1s each"))
        # It returns, with bars of its own.
        await page.tick("AAA", 1, "7.00", second=100)
        await eventually(lambda: charts(visit, "AAA", "", "open 7, high 7, low 7, close 7"))
        # It leaves and returns between two frames: the bars of before are not its own either.
        await visit.page.evaluate(SLOW_FRAMES)
        await page.feeder.say(Retired("AAA", "idle"))
        await page.tick("AAA", 1, "9.00", second=50)
        await eventually(lambda: charts(visit, "AAA", "", "open 9, high 9, low 9, close 9"))
        assert visit.complaints == []


async def test_a_paused_display_keeps_what_has_left_until_it_goes_on() -> None:
    instruments = [Instrument(symbol, symbol, "0.01", "5", "") for symbol in ("AAA", "BBB", "CCC")]
    async with fed(*instruments) as page:
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 1, "5.00")
        visit = page.visit
        await visit.page.goto(f"{page.url}/?symbols=*&chart=AAA")
        await eventually(lambda: shows(visit, AAA=("", "5.00"), BBB=("", "5.00")))
        await eventually(lambda: charts(visit, "AAA", "", "close 5"))
        await visit.page.click("#pause")
        await page.feeder.say(Retired("AAA", "idle"))
        # The row of a new symbol comes without a price, behind what was said before.
        await page.tick("CCC", 1, "6.00")
        await eventually(lambda: shows(visit, AAA=("", "5.00"), BBB=("", "5.00"), CCC=("", "–")))
        assert await charts(visit, "AAA", "", "close 5")
        await visit.page.click("#pause")
        await eventually(lambda: shows(visit, BBB=("", "5.00"), CCC=("", "6.00")))
        await eventually(lambda: charts(visit, "BBB", "", "close 5"))
