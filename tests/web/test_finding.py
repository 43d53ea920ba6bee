"""Instruments are found by symbol or name, to be added or charted."""

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.watchlist import (
    add,
    has_price,
    order_is,
    turned_to,
    watching,
)

pytestmark = pytest.mark.browser


async def test_an_instrument_is_found_by_its_name_and_enter_takes_the_first() -> None:
    async with watching("?symbols=MSFT", rows=1) as visit:
        await visit.page.fill("#symbol", "apple")
        await eventually(lambda: suggests(visit, ["AAPL Apple"]))
        assert await visit.page.get_attribute("#symbol", "aria-expanded") == "true"
        await visit.page.press("#symbol", "Enter")
        await eventually(lambda: has_price(visit, "AAPL"))
        assert await visit.page.input_value("#symbol") == ""
        await visit.page.wait_for_selector("#known", state="hidden")
        # What is a symbol is taken as it is, though a name begins with it.
        await add(visit, "amd")
        await eventually(lambda: order_is(visit, ["MSFT", "AAPL", "AMD"]))


async def test_the_suggestions_are_a_combobox_for_keyboard_and_pointer() -> None:
    async with watching("?symbols=MSFT", rows=1) as visit:
        await visit.page.fill("#symbol", "am")
        found = ["AMD Advanced Micro Devices", "AMZN Amazon", "BAC Bank of America"]
        await eventually(lambda: suggests(visit, found))
        await visit.page.press("#symbol", "ArrowUp")
        await visit.page.press("#symbol", "ArrowUp")
        marked = await visit.page.get_attribute("#symbol", "aria-activedescendant")
        assert await visit.page.inner_text(f"#{marked} b") == "AMZN"
        assert await visit.page.get_attribute(f"#{marked}", "aria-selected") == "true"
        await visit.page.press("#symbol", "Enter")
        await eventually(lambda: order_is(visit, ["MSFT", "AMZN"]))
        await visit.page.fill("#symbol", "am")
        await visit.page.click("#known li:first-child")
        await eventually(lambda: order_is(visit, ["MSFT", "AMZN", "AMD"]))
        await visit.page.fill("#symbol", "am")
        await visit.page.press("#symbol", "Escape")
        await visit.page.wait_for_selector("#known", state="hidden")
        assert await visit.page.input_value("#symbol") == "am"


async def test_enter_in_the_filter_charts_the_first_and_adds_what_is_not_in_the_list() -> None:
    async with watching("?symbols=MSFT,NVDA", rows=2) as visit:
        await visit.page.fill("#filter", "nvidia")
        await visit.page.press("#filter", "Enter")
        await eventually(lambda: turned_to(visit, "NVDA"))
        await visit.page.fill("#filter", "apple")
        await visit.page.press("#filter", "Enter")
        await eventually(lambda: turned_to(visit, "AAPL"))
        await eventually(lambda: order_is(visit, ["AAPL"]))


async def suggests(visit: Visit, words: list[str]) -> bool:
    return await visit.page.locator("#known li").all_text_contents() == words
