"""On a phone the list comes first, and the chart opens as a sheet over it when a symbol is chosen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.watchlist import focused_is, is_live, shows, watching

pytestmark = pytest.mark.browser

PHONES = [(360, 740), (390, 844)]
WIDTH = "document.querySelector('[data-place=chart] canvas').getBoundingClientRect().width"
INERT = ".watchlist, .looks, #alerts, #stream"


@asynccontextmanager
async def phone(size: tuple[int, int], query: str = "", **context: Any) -> AsyncIterator[Visit]:
    width, height = size
    looks = {"viewport": {"width": width, "height": height}, "has_touch": True, "is_mobile": True}
    async with watching(query, **looks | context) as visit:
        await eventually(lambda: is_live(visit))
        await eventually(lambda: has_chart(visit))
        yield visit


async def has_chart(visit: Visit) -> bool:
    label = await visit.page.get_attribute("[data-place=chart]", "aria-label") or ""
    return "close" in label


async def box_of(visit: Visit, place: str) -> dict[str, float]:
    box = await visit.page.locator(place).bounding_box()
    assert box is not None, place
    return dict(box)


async def is_open(visit: Visit, symbol: str = "") -> bool:
    name = visit.page.locator("#detail:visible [data-place=symbol]")
    return bool(await name.count()) and (not symbol or await name.inner_text() == symbol)


async def is_shut(visit: Visit) -> bool:
    return not await is_open(visit)


async def is_put(visit: Visit) -> bool:
    """Tell whether the sheet has come to rest at the bottom of the window."""
    box = await visit.page.evaluate(
        "document.querySelector('#detail').getBoundingClientRect().bottom - innerHeight"
    )
    return abs(box) < 1


async def ends_in_sight(visit: Visit) -> bool:
    """Tell whether the sheet's last line is in the window: there is room for the chart above it."""
    box = await box_of(visit, ".credit a")
    return box["y"] + box["height"] <= PHONES[0][1]


async def inert(visit: Visit) -> list[bool]:
    found: list[bool] = await visit.page.evaluate(
        "(parts) => [...document.querySelectorAll(parts)].map((each) => each.matches('[inert], [inert] *'))",
        INERT,
    )
    return found


async def in_sheet(visit: Visit) -> bool:
    return bool(
        await visit.page.evaluate("document.querySelector('#detail').contains(document.activeElement)")
    )


async def open_row(visit: Visit, symbol: str) -> None:
    await visit.page.tap(f"tr[data-symbol={symbol}] .last")
    await eventually(lambda: is_open(visit, symbol))
    await eventually(lambda: is_put(visit))


async def pull(visit: Visit, px: int, ms: int) -> None:
    """Pull the sheet down by its handle."""
    box = await box_of(visit, ".grip span")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    await visit.page.mouse.move(x, y)
    await visit.page.mouse.down()
    await visit.page.mouse.move(x, y + px / 2)
    # A slow pull: the time is what is tested.
    await asyncio.sleep(ms / 1000)
    await visit.page.mouse.move(x, y + px)
    await visit.page.mouse.up()


@pytest.mark.parametrize("size", PHONES, ids=str)
async def test_the_list_comes_first_and_a_tap_opens_the_chart_under_the_state(size: tuple[int, int]) -> None:
    width, height = size
    async with phone(size, "?chart=MSFT") as visit:
        assert await is_shut(visit)
        boxes = [await box_of(visit, place) for place in ("body > header", ".prices", "#alerts", "#stream")]
        assert [box["y"] for box in boxes] == sorted(box["y"] for box in boxes)
        assert boxes[1]["y"] < height / 2
        assert boxes[1]["y"] + boxes[1]["height"] <= boxes[2]["y"]
        assert await inert(visit) == [False] * 4
        await open_row(visit, "NVDA")
        sheet, header = await box_of(visit, "#detail"), await box_of(visit, "body > header")
        assert (sheet["x"], sheet["width"]) == (0, width)
        assert header["y"] + header["height"] <= sheet["y"] + 1
        assert 0.7 * height < sheet["height"] <= 0.85 * height + 1
        for place in (".pill", "[data-place=symbol]", "[data-place=last]", ".grip button"):
            box = await box_of(visit, place)
            assert 0 <= box["x"] <= width - box["width"], place
            assert 0 <= box["y"] <= height - box["height"], place
        assert (await box_of(visit, "[data-place=chart] canvas >> nth=0"))["width"] > width / 2
        assert await inert(visit) == [True] * 4
        assert await in_sheet(visit)
        assert await visit.page.get_by_role("dialog", name="NVDA").count() == 1
        assert not await visit.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert visit.complaints == []
        assert await visit.violations() == []


async def test_the_bars_of_a_chart_that_was_drawn_out_of_sight_are_not_on_a_heap() -> None:
    async with phone(PHONES[0]) as visit:
        symbol = await visit.page.text_content("[data-place=symbol]") or ""
        assert await is_shut(visit)
        before = await visit.page.evaluate(WIDTH)
        await open_row(visit, symbol)
        # The library keeps what is in sight from the width it was drawn in.
        assert await visit.page.evaluate(WIDTH) == before > PHONES[0][0] / 2


async def test_every_way_of_closing_gives_the_list_back_and_the_focus_to_the_row() -> None:
    async with phone(PHONES[0]) as visit:
        ways = {
            "button": lambda: visit.page.tap("[aria-label='Close the chart']"),
            "escape": lambda: visit.page.keyboard.press("Escape"),
            "back": lambda: visit.page.go_back(),
            "pull": lambda: pull(visit, 200, 0),
            "slow pull": lambda: pull(visit, 200, 600),
        }
        entries = await visit.page.evaluate("history.length")
        for way, close in ways.items():
            await open_row(visit, "AMZN")
            await eventually(lambda: ends_in_sight(visit))
            await close()
            await eventually(lambda: is_shut(visit))
            assert await inert(visit) == [False] * 4, way
            await eventually(lambda: focused_is(visit, "AMZN"))
            assert await visit.page.get_by_role("dialog").count() == 0
        # One entry, used again each time.
        assert await visit.page.evaluate("history.length") <= entries + 1
        assert visit.page.url.endswith("?chart=AMZN")


async def test_after_a_reload_the_way_back_leaves_the_page_and_takes_no_change_back() -> None:
    async with phone(PHONES[0]) as visit:
        await visit.page.tap("tr[data-symbol=AMZN] .last")
        await eventually(lambda: is_open(visit, "AMZN"))
        await visit.page.go_back()
        await eventually(lambda: is_shut(visit))
        # A change of the list while the sheet is open is in the address after it.
        await visit.page.keyboard.press("Delete")
        assert "symbols=" in visit.page.url
        await open_row(visit, "MSFT")
        await visit.page.tap("#undo")
        await visit.page.go_back()
        await eventually(lambda: is_shut(visit))
        assert visit.page.url.endswith("?chart=MSFT")
        await open_row(visit, "NVDA")
        await visit.page.reload()
        await eventually(lambda: is_live(visit))
        await eventually(lambda: visit.page.evaluate("history.state === null"))
        assert await is_shut(visit)
        assert visit.page.url.endswith("?chart=NVDA")
        await visit.page.go_back()
        assert visit.page.url == "about:blank"


async def test_a_tap_on_the_list_behind_closes_the_sheet_and_does_nothing_else() -> None:
    async with phone((360, 1400)) as visit:
        await open_row(visit, "AMZN")
        header, sheet = await box_of(visit, "body > header"), await box_of(visit, "#detail")
        await visit.page.touchscreen.tap(180, (header["y"] + header["height"] + sheet["y"]) / 2)
        await eventually(lambda: is_shut(visit))
        assert await visit.page.text_content("[data-place=symbol]") == "AMZN"
        assert await visit.page.get_attribute("tr[data-symbol=AMZN] button", "aria-pressed") == "true"


async def test_a_short_slow_pull_leaves_the_sheet_where_it_was() -> None:
    async with phone(PHONES[0]) as visit:
        await open_row(visit, "AMZN")
        await pull(visit, 60, 600)
        await eventually(lambda: is_put(visit))
        assert await is_open(visit, "AMZN")


async def test_the_keyboard_opens_and_leaves_the_sheet_and_full_screen_one_by_one() -> None:
    async with phone(PHONES[1]) as visit:
        await visit.page.focus("#rows tr:nth-child(3) button")
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: is_open(visit))
        symbol = await visit.page.inner_text("[data-place=symbol]")
        await visit.page.keyboard.press("f")
        await visit.page.wait_for_selector(".grip", state="hidden")
        assert await visit.page.is_hidden(".watchlist")
        await visit.page.keyboard.press("Escape")
        await visit.page.wait_for_selector(".grip", state="visible")
        assert await is_open(visit, symbol)
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: is_shut(visit))
        await eventually(lambda: focused_is(visit, symbol))


async def test_the_first_of_a_search_opens_and_the_focus_goes_back_to_the_search() -> None:
    async with phone(PHONES[1]) as visit:
        await visit.page.fill("#filter", "nvidia")
        await eventually(lambda: shows(visit, 1))
        await visit.page.press("#filter", "Enter")
        await eventually(lambda: is_open(visit, "NVDA"))
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: is_shut(visit))
        assert await visit.page.evaluate("document.activeElement.id") == "filter"


async def test_a_tile_of_the_map_opens_the_sheet_and_gets_the_focus_back() -> None:
    async with phone(PHONES[1], "?view=map") as visit:
        assert await is_shut(visit)
        await visit.page.tap(".tiles")
        await eventually(lambda: is_open(visit))
        assert await inert(visit) == [True] * 4
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: is_shut(visit))
        assert await visit.page.evaluate("document.activeElement.className") == "tiles"
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: is_open(visit))


@pytest.mark.parametrize(("motion", "animation"), [("reduce", "none"), ("no-preference", "rise")])
async def test_the_sheet_rises_unless_the_reader_wants_less_motion(motion: str, animation: str) -> None:
    async with phone(PHONES[0], reduced_motion=motion) as visit:
        await open_row(visit, "AMZN")
        found = await visit.page.evaluate("getComputedStyle(document.querySelector('#detail')).animationName")
        assert found == animation


async def test_on_a_wider_window_the_chart_is_beside_the_list_again() -> None:
    async with phone(PHONES[0]) as visit:
        await open_row(visit, "AMZN")
        await visit.page.set_viewport_size({"width": 1440, "height": 900})
        await eventually(lambda: reachable(visit))
        assert await visit.page.get_by_role("dialog").count() == 0
        assert await is_open(visit, "AMZN")
        table, chart = await box_of(visit, ".prices"), await box_of(visit, "#detail")
        assert chart["x"] >= table["x"] + table["width"]
        await visit.page.click("tr[data-symbol=NVDA] .last")
        await eventually(lambda: is_open(visit, "NVDA"))
        assert await inert(visit) == [False] * 4
        assert await visit.page.is_hidden(".grip")


async def reachable(visit: Visit) -> bool:
    return await inert(visit) == [False] * 4
