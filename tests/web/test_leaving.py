"""Symbols that leave are gone from the page, and prices that are not real say so, each beside its symbol."""

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import SECOND, fed
from tickcast.wire.instrument import Instrument
from tickcast.wire.notice import Retired
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser


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
