"""The page's controls: keyboard, search, sorting, pause, interval and looks."""

import pytest

from tests.support.eventually import eventually
from tests.web.watchlist import (
    all_moved_on,
    chosen_is,
    differs,
    focused,
    focused_is,
    is_live,
    number,
    order_changed,
    order_is,
    reads,
    shows,
    watching,
)

pytestmark = pytest.mark.browser

COUNT_LOSSES = """() => {
  window.losses = 0;
  document.activeElement.addEventListener("blur", () => (losses += 1));
}"""


async def test_the_keyboard_alone_moves_chooses_and_removes() -> None:
    async with watching() as visit:
        symbols, press = await visit.order(), visit.page.keyboard.press
        await visit.page.focus("#pause")
        for _ in range(len(symbols) + 1):
            await press("Tab")
            if await focused(visit) is not None:
                break
        assert await focused(visit) == symbols[0]
        await press("ArrowDown")
        await press("ArrowDown")
        await press("ArrowUp")
        assert await focused(visit) == symbols[1]
        await press("End")
        assert await focused(visit) == symbols[-1]
        await press("ArrowDown")
        assert await focused(visit) == symbols[-1]
        await press("Home")
        await press("Enter")
        await eventually(lambda: chosen_is(visit, symbols[0]))
        await press("Delete")
        assert await focused(visit) == symbols[1]
        await eventually(lambda: shows(visit, 11))
        assert symbols[0] not in await visit.order()


async def test_a_row_that_is_removed_by_its_button_leaves_the_focus_to_the_next_one() -> None:
    async with watching() as visit:
        symbols = await visit.order()
        await visit.page.focus(f"tr[data-symbol='{symbols[1]}'] .remove button")
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: focused_is(visit, symbols[2]))
        await visit.page.focus(f"tr[data-symbol='{symbols[-1]}'] .remove button")
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: focused_is(visit, symbols[-2]))


async def test_slash_goes_to_the_search_and_escape_comes_back() -> None:
    async with watching() as visit:
        symbols = await visit.order()
        names = {symbol: row[1] for symbol, row in (await visit.cells()).items()}
        target = symbols[3]
        await visit.page.keyboard.press("/")
        await visit.page.keyboard.type(names[target].lower())
        await eventually(lambda: order_is(visit, [target]))
        assert await visit.page.inner_text("#count") == "1 of 12"
        await visit.page.keyboard.type(" zzz")
        assert "No symbol or name" in await visit.page.inner_text("#empty")
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: order_is(visit, symbols))
        assert await focused(visit) is not None


async def test_headers_sort_up_down_and_at_the_third_click_not_at_all() -> None:
    async with watching() as visit:
        symbols = await visit.order()
        by_name = sorted(
            symbols, key={s: row[1].lower() for s, row in (await visit.cells()).items()}.__getitem__
        )
        header, button = "th.name[scope=col]", "th.name button"
        for order, direction in ((by_name, "ascending"), (by_name[::-1], "descending"), (symbols, None)):
            await visit.page.click(button)
            assert await visit.order() == order
            assert await visit.page.get_attribute(header, "aria-sort") == direction


async def test_a_live_order_follows_the_prices_and_never_takes_the_focus() -> None:
    async with watching() as visit:
        await visit.page.click("th.percent button")
        first = await visit.order()
        await visit.page.focus(f"tr[data-symbol='{first[5]}'] th button")
        # A screen reader would read the row out each time it loses and regains the focus.
        await visit.page.evaluate(COUNT_LOSSES)
        watched = first[5]
        for _ in range(3):
            await eventually(lambda before=first: order_changed(visit, before))
            first = await visit.order()
        assert await focused(visit) == watched
        assert await visit.page.evaluate("losses") == 0
        # Prices move between two orders of the rows; what pauses must be in order nevertheless.
        for _ in range(5):
            await visit.page.click("#pause")
            cells = await visit.cells()
            # The row that has the focus stays; it may be out of sight by now, and written less often there.
            values = [number(cells[symbol][5]) for symbol in await visit.order() if symbol != watched]
            assert values == sorted(values, reverse=True)
            await visit.page.click("#pause")
            frozen = await visit.order()
            await eventually(lambda before=frozen: order_changed(visit, before))


async def test_pause_freezes_the_display_says_so_and_the_stream_goes_on() -> None:
    async with watching() as visit:
        await visit.page.click("#pause")
        assert (await visit.status()).startswith("Paused: prices of ")
        assert await visit.detail() == "the stream goes on"
        frozen, received = await visit.cells(), await visit.page.inner_text("#bytes")
        await eventually(lambda: differs(visit, "#bytes", received))
        assert await visit.cells() == frozen
        await visit.page.click("#pause")
        await eventually(lambda: all_moved_on(visit, frozen))
        await eventually(lambda: is_live(visit))


async def test_another_interval_is_asked_for_and_kept() -> None:
    async with watching() as visit:
        await visit.page.select_option("#interval", "1000")
        await eventually(lambda: reads(visit, "#granted", "1000 ms"))
        assert "interval=1000" in visit.page.url
        await visit.page.reload()
        await eventually(lambda: reads(visit, "#granted", "1000 ms"))
        assert await visit.page.input_value("#interval") == "1000"


async def test_colours_and_theme_are_the_readers_and_are_kept() -> None:
    async with watching(color_scheme="light") as visit:
        await visit.page.select_option("#theme", "dark")
        await visit.page.select_option("#palette", "blue")
        await visit.page.reload()
        await eventually(lambda: shows(visit, 12))
        looks = await visit.page.evaluate("({ ...document.documentElement.dataset })")
        assert looks == {"theme": "dark", "palette": "blue"}
        ground = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, ground[4:-1].split(","))) < 60
