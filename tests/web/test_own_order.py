"""A list of named symbols has an order of the reader's own: by pointer, by touch and by keyboard."""

import pytest
from playwright.async_api import Page

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import fed
from tests.web.watchlist import (
    add,
    all_moved_on,
    asks,
    differs,
    focused,
    notice,
    order_is,
    reads,
    remove,
    shows,
    watching,
)

pytestmark = pytest.mark.browser

LIST = ["MSFT", "AAPL", "NVDA", "AMD"]
QUERY = "?symbols=" + ",".join(LIST)
PHONE = {"width": 390, "height": 844}

# The symbols by where their rows are on the screen, whatever their order in the document.
SEEN = """[...document.querySelectorAll("#rows tr")]
  .toSorted((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
  .map((row) => row.dataset.symbol)"""


async def test_alt_and_an_arrow_key_move_the_focused_row_and_say_where_it_is() -> None:
    async with watching(QUERY, rows=4) as visit:
        assert await visit.order() == LIST
        await visit.page.focus("tr[data-symbol=AAPL] button")
        await visit.page.keyboard.press("Alt+ArrowDown")
        await eventually(lambda: order_is(visit, ["MSFT", "NVDA", "AAPL", "AMD"]))
        assert await notice(visit) == "AAPL, 3 of 4"
        assert await focused(visit) == "AAPL"
        await visit.page.keyboard.press("Alt+ArrowDown")
        await visit.page.keyboard.press("Alt+ArrowDown")
        await eventually(lambda: order_is(visit, ["MSFT", "NVDA", "AMD", "AAPL"]))
        for _ in range(4):
            await visit.page.keyboard.press("Alt+ArrowUp")
        await eventually(lambda: order_is(visit, ["AAPL", "MSFT", "NVDA", "AMD"]))
        assert await notice(visit) == "AAPL, 1 of 4"
        assert await visit.page.evaluate(SEEN) == await visit.order()
        keys = await visit.page.get_attribute("tr[data-symbol=AAPL] button", "aria-keyshortcuts")
        assert keys == "Delete Alt+ArrowUp Alt+ArrowDown"


async def test_the_order_is_kept_over_a_reload_in_a_link_and_with_a_named_list() -> None:
    async with watching(QUERY, rows=4, permissions=["clipboard-read", "clipboard-write"]) as visit:
        await visit.page.click("#lists summary")
        await save_list(visit, "Tech")
        await visit.page.click("#lists summary")
        await visit.page.focus("tr[data-symbol=AMD] button")
        await visit.page.keyboard.press("Alt+ArrowUp")
        moved = ["MSFT", "AAPL", "AMD", "NVDA"]
        await eventually(lambda: order_is(visit, moved))
        assert await visit.page.inner_text("#list-current") == "Tech"
        assert await asks(visit, "?symbols=" + ",".join(moved))
        await visit.page.click("#copy")
        await eventually(lambda: reads(visit, "#notice", "Link copied"))
        assert await visit.page.evaluate("navigator.clipboard.readText()") == visit.page.url

        await visit.page.reload()
        await eventually(lambda: order_is(visit, moved))
        await add(visit, "INTC")
        await eventually(lambda: order_is(visit, [*moved, "INTC"]))
        await visit.page.click("#lists summary")
        await visit.page.click("#list-names button:text-is('Tech')")
        await eventually(lambda: order_is(visit, moved))


async def test_two_lists_of_the_same_symbols_keep_each_its_own_order() -> None:
    async with watching(QUERY, rows=4) as visit:
        await visit.page.click("#lists summary")
        for name in ("One", "Two"):
            await save_list(visit, name)
        moved = ["MSFT", "AAPL", "AMD", "NVDA"]
        await move_up(visit, "AMD")
        await eventually(lambda: order_is(visit, moved))
        assert await visit.page.inner_text("#list-current") == "Two"
        for name, order in (("One", LIST), ("Two", moved), ("One", LIST)):
            await open_list(visit, name)
            assert await visit.order() == order
        # Once both have the same order, the list that is shown is still this one.
        await move_up(visit, "AMD")
        await eventually(lambda: order_is(visit, moved))
        assert await visit.page.inner_text("#list-current") == "One"
        await open_list(visit, "Two")
        await open_list(visit, "One")
        assert await visit.order() == moved


async def move_up(visit: Visit, symbol: str) -> None:
    await visit.page.focus(f"tr[data-symbol={symbol}] button")
    await visit.page.keyboard.press("Alt+ArrowUp")


async def save_list(visit: Visit, name: str) -> None:
    await visit.page.fill("#list-name", name)
    await visit.page.press("#list-name", "Enter")
    await eventually(lambda: reads(visit, "#list-current", name))


async def open_list(visit: Visit, name: str) -> None:
    if not await visit.page.is_visible("#list-name"):
        await visit.page.click("#lists summary")
    await visit.page.click(f"#list-names button:text-is('{name}')")
    await eventually(lambda: reads(visit, "#list-current", name))


async def test_an_undone_removal_puts_the_symbol_back_where_it_was() -> None:
    async with watching(QUERY, rows=4) as visit:
        await remove(visit, "AAPL")
        await eventually(lambda: order_is(visit, ["MSFT", "NVDA", "AMD"]))
        await visit.page.click("#undo")
        await eventually(lambda: order_is(visit, LIST))


async def test_a_sorted_list_and_one_of_all_symbols_say_that_they_are_not_ordered_by_hand() -> None:
    async with watching(QUERY, rows=4) as visit:
        await visit.page.click("th.symbol button")
        await eventually(lambda: order_is(visit, sorted(LIST)))
        await visit.page.hover("tr[data-symbol=AAPL]")
        assert not await visit.page.is_visible("tr[data-symbol=AAPL] .handle")
        await visit.page.focus("tr[data-symbol=AAPL] button")
        await visit.page.keyboard.press("Alt+ArrowDown")
        assert (await notice(visit)).startswith("A sorted list cannot be ordered by hand")
        await visit.page.click("th.symbol button")
        await visit.page.click("th.symbol button")
        await eventually(lambda: order_is(visit, LIST))
        assert await visit.page.is_visible("tr[data-symbol=AAPL] .handle")

        await add(visit, "*")
        await eventually(lambda: visit.page.is_hidden("tr[data-symbol=AAPL] .handle"))
        await eventually(lambda: focus_is_in(visit, "AAPL"))
        await eventually(lambda: shows(visit, 12))
        before = await visit.order()
        await visit.page.keyboard.press("Alt+ArrowDown")
        assert (await notice(visit)).startswith("A list with * cannot be ordered by hand")
        assert await visit.order() == before


async def test_a_row_is_dragged_by_its_handle_while_ticks_go_on() -> None:
    async with watching(QUERY, rows=4) as visit:
        await grip(visit.page, "AMD")
        await over(visit.page, "AAPL")
        await eventually(lambda: line_is_above(visit, 1))
        await over(visit.page, "MSFT")
        await eventually(lambda: line_is_above(visit, 0))
        assert await visit.page.locator("[data-dragged]").get_attribute("data-symbol") == "AMD"
        before = await visit.cells()
        await eventually(lambda: all_moved_on(visit, before))
        # Nothing moves but the row itself.
        assert await visit.order() == LIST
        await visit.page.mouse.up()
        await eventually(lambda: order_is(visit, ["AMD", "MSFT", "AAPL", "NVDA"]))
        assert await notice(visit) == "AMD, 1 of 4"
        assert await visit.page.evaluate(SEEN) == await visit.order()
        await eventually(lambda: asks(visit, "?symbols=AMD,MSFT,AAPL,NVDA"))
        # The end of the drag is no click.
        assert await visit.page.locator("tr.chosen").get_attribute("data-symbol") == "MSFT"
        assert (visit.complaints, await visit.violations()) == ([], [])


async def test_escape_puts_a_dragged_row_back() -> None:
    async with watching(QUERY, rows=4) as visit:
        await grip(visit.page, "MSFT")
        await over(visit.page, "AMD")
        await visit.page.wait_for_selector("[data-dragged]")
        await visit.page.keyboard.press("Escape")
        await visit.page.wait_for_selector("[data-dragged]", state="detached")
        await visit.page.mouse.up()
        assert await visit.order() == LIST
        assert await visit.page.evaluate(SEEN) == LIST
        assert await asks(visit, QUERY)


async def test_a_finger_drags_a_row_by_its_handle() -> None:
    async with watching(QUERY, rows=4, viewport=PHONE, has_touch=True, is_mobile=True) as visit:
        await visit.page.locator("#rows").scroll_into_view_if_needed()
        touch = await visit.page.context.new_cdp_session(visit.page)
        x, y = await middle(visit.page, "tr[data-symbol=MSFT] .handle")
        _, end = await middle(visit.page, "tr[data-symbol=AAPL] .handle")
        await touch.send(
            "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
        )
        for way in (0.3, 0.6, 1):
            point = {"x": x, "y": y + (end - y) * way}
            await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        await visit.page.wait_for_selector("[data-dragged]")
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await eventually(lambda: order_is(visit, ["AAPL", "MSFT", "NVDA", "AMD"]))


async def test_a_row_is_dropped_far_beyond_what_was_in_sight() -> None:
    names = [f"S{number:03}" for number in range(200)]
    async with fed() as page:
        for name in names:
            await page.tick(name, 1, "10")
        visit = page.visit
        await visit.page.goto(f"{page.url}/?symbols={','.join(names)}")
        await eventually(lambda: reads(visit, "#count", "200 symbols"))
        await eventually(lambda: row_of(visit, "S003"))
        await grip(visit.page, "S003")
        height = await visit.page.evaluate("innerHeight")
        await visit.page.mouse.move(40, height / 2)
        await visit.page.mouse.move(40, height - 2)
        # The page scrolls by itself, down to the last row; the dragged one stays under the pointer.
        end = "scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
        await eventually(lambda: visit.page.evaluate(end))
        assert await visit.page.locator("tr[data-symbol=S003][data-dragged]").count() == 1
        await visit.page.mouse.up()
        await eventually(lambda: visit.page.evaluate("!location.search.includes('S002,S003')"))
        order = (await visit.page.evaluate("new URL(location).searchParams.get('symbols')")).split(",")
        assert sorted(order) == names
        assert order.index("S003") > 150
        assert [name for name in order if name != "S003"] == [name for name in names if name != "S003"]
        assert await notice(visit) == f"S003, {order.index('S003') + 1} of 200"


async def test_among_the_rows_of_a_search_a_row_passes_the_next_one_that_is_found() -> None:
    async with watching(QUERY, rows=4) as visit:
        await visit.page.fill("#filter", "a")
        await eventually(lambda: differs(visit, "#count", "4 symbols"))
        found = await visit.order()
        assert len(found) < len(LIST)
        first, second = found[:2]
        await visit.page.focus(f"tr[data-symbol={first}] button")
        await visit.page.keyboard.press("Alt+ArrowDown")
        await eventually(lambda: order_is(visit, [second, first, *found[2:]]))
        rest = [symbol for symbol in LIST if symbol != first]
        rest.insert(rest.index(second) + 1, first)
        await visit.page.fill("#filter", "")
        await eventually(lambda: order_is(visit, rest))


LINE = """[new DOMMatrix(getComputedStyle(rows, "::after").transform).f,
  document.querySelector("#rows tr").offsetHeight]"""


async def line_is_above(visit: Visit, place: int) -> bool:
    """Tell whether the line that shows where a row is dropped is above a place."""
    y, height = await visit.page.evaluate(LINE)
    return bool(y == place * height)


async def middle(page: Page, place: str) -> tuple[float, float]:
    box = await page.locator(place).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def grip(page: Page, symbol: str) -> None:
    await page.mouse.move(*await middle(page, f"tr[data-symbol={symbol}] .handle"))
    await page.mouse.down()


async def over(page: Page, symbol: str) -> None:
    x, y = await middle(page, f"tr[data-symbol={symbol}] .handle")
    await page.mouse.move(x, y, steps=4)


async def row_of(visit: Visit, symbol: str) -> bool:
    return symbol in await visit.order()


async def focus_is_in(visit: Visit, symbol: str) -> bool:
    await visit.page.focus(f"tr[data-symbol={symbol}] button")
    return await focused(visit) == symbol
