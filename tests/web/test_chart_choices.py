"""What a reader chooses of the chart: candles, ranges, a line, full screen; values at the crosshair."""

import signal
from typing import Any

import pytest
from playwright.async_api import Route

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.fed import Fed, fed
from tests.web.test_chart import draws
from tests.web.truth import shows_newest
from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}
A = Instrument("A", "Acme", "0.01", "10", "USD")
NOON = 1_795_953_600_000_000
"""µs since the epoch, at a full hour."""
COUNTS = {"1d": 7, "15m": 30, "1m": 40}
"""Bars of the made market, by interval."""


async def make_market(page: Fed, counts: dict[str, int] = COUNTS) -> None:
    """Publish so many bars of A, of one tick each but the newest, and its newest tick."""
    bars = [
        Bar("A", interval, NOON - back * INTERVALS[interval], "9.50", "11", "9", _close(back), "5", 1, q)
        for interval, count in counts.items()
        for q, back in enumerate(reversed(range(count)), 1)
    ]
    tick = encode_tick(Tick("A", NOON, "10.00", size="5"), max(counts.values()))
    await page.feeder.publish([(b"A", tick)], bars=bars)


async def test_candles_of_every_length_are_true_to_the_gateway() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?chart=MSFT") as visit:
        for interval in ("5m", "15m", "1h", "1d"):
            await choose(visit, interval)
            await eventually(lambda interval=interval: draws(visit, "MSFT", interval))
        # All of these go on by minutes; the last has begun among ticks.
        stack.publisher.signal(signal.SIGSTOP)
        for interval in ("1d", "1h", "15m", "5m"):
            await choose(visit, interval)
            await eventually(lambda interval=interval: shows_newest(visit, stack.url, "MSFT", interval))
        assert await visit.violations() == []


async def test_a_long_candle_follows_the_minutes_of_the_stream_without_a_request() -> None:
    async with fed(A) as page:
        await page.feeder.publish(*minute(1, NOON, "10.00"))
        await page.visit.page.goto(page.url)
        await choose(page.visit, "1h")
        await eventually(lambda: draws(page.visit, "A", "1h"))
        await eventually(lambda: tells(page.visit, "open 10, high 10, low 10, close 10, volume 5"))
        asked = len(page.visit.requests)
        await page.feeder.publish(*minute(2, NOON + 60_000_000, "10.20"))
        await eventually(lambda: tells(page.visit, "open 10, high 10.2, low 10, close 10.2, volume 10"))
        await eventually(lambda: reads(page.visit, "day", "Day 10.00 to 10.20"))
        assert [each for each in page.visit.requests[asked:] if "/v1/bars/" in each] == []


def _close(back: int) -> str:
    return f"{10 - back / 100:.2f}"


def minute(q: int, start: int, price: str) -> tuple[list[tuple[bytes, bytes]], bool, list[Bar]]:
    """Return what is published at the first tick of a minute; longer bars begin with the first of all."""
    one = Bar("A", "1m", start, price, price, price, price, "5", 1, q)
    longer = [one._replace(interval=each) for each in ("1d", "15m")] if q == 1 else []
    return [(b"A", encode_tick(Tick("A", start, price, size="5"), q))], True, [*longer, one]


async def test_ranges_are_offered_where_there_is_data_and_are_kept_over_a_reload() -> None:
    async with fed(A) as page:
        await make_market(page)
        visit = page.visit
        await visit.page.goto(page.url)
        await eventually(lambda: offers(visit, ["1H", "1D", "5D", "1Y"]))
        assert await pressed(visit) == []
        await visit.page.click("button[value='1Y']")
        await eventually(lambda: draws(visit, "A", "1d"))
        await visit.page.click("button[value='5D']")
        await eventually(lambda: draws(visit, "A", "15m"))
        await choose(visit, "line")
        await visit.page.reload()
        await eventually(lambda: draws(visit, "A", "15m"))
        assert await pressed(visit) == ["5D"]
        assert await visit.page.is_checked("input[value='line']")
        # Candles of a length are a choice of their own.
        await choose(visit, "1m")
        await eventually(lambda: draws(visit, "A", "1m"))
        assert await pressed(visit) == []
        await visit.page.reload()
        await eventually(lambda: draws(visit, "A", "1m"))
        assert visit.complaints == []


async def test_chosen_candles_do_not_wait_for_the_ranges() -> None:
    async with fed(A) as page:
        await make_market(page)
        visit = page.visit
        await visit.page.goto(page.url)
        await choose(visit, "5m")
        held: list[Route] = []

        async def hold(route: Route) -> None:
            held.append(route)

        await visit.page.route("**/v1/bars/A?*limit=15", hold)
        await visit.page.reload()
        await eventually(lambda: draws(visit, "A", "5m"))
        assert await offers(visit, [])
        for route in held:
            await route.continue_()
        await eventually(lambda: offers(visit, ["1H", "1D", "5D", "1Y"]))


async def test_no_range_is_offered_that_would_show_no_more_than_a_shorter_one() -> None:
    async with fed(A) as page:
        await make_market(page, {"1d": 1, "15m": 4, "1m": 40})
        await page.visit.page.goto(page.url)
        await eventually(lambda: offers(page.visit, ["1H"]))


async def test_the_values_are_those_of_the_bar_under_the_crosshair_for_pointer_and_keyboard() -> None:
    async with fed(A) as page:
        await make_market(page)
        visit, press = page.visit, page.visit.page.keyboard.press
        await visit.page.goto(page.url)
        newest = "O 9.50 H 11.00 L 9.00 C 10.00 V 5 +0.01 (+0.10%)"
        await eventually(lambda: reads(visit, "values", newest))
        await eventually(lambda: reads(visit, "day", "Day 9.00 to 11.00"))
        await visit.page.focus("[role=slider]")
        await press("ArrowLeft")
        await press("ArrowLeft")
        await eventually(lambda: reads(visit, "values", "O 9.50 H 11.00 L 9.00 C 9.98 V 5 +0.01 (+0.10%)"))
        said = await visit.page.get_attribute("[role=slider]", "aria-valuetext") or ""
        assert said.endswith("open 9.5, high 11, low 9, close 9.98, volume 5")
        await press("Home")
        await eventually(lambda: reads(visit, "values", "O 9.50 H 11.00 L 9.00 C 9.61 V 5 +0.11 (+1.16%)"))
        await press("Tab")
        await eventually(lambda: reads(visit, "values", newest))
        box = await visit.page.locator("[data-place=chart]").bounding_box()
        assert box is not None
        await visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await eventually(lambda: reads_another(visit, newest))
        await visit.page.mouse.move(0, 0)
        await eventually(lambda: reads(visit, "values", newest))


@pytest.mark.parametrize("width", [360, 1440])
async def test_full_screen_shows_the_chart_and_the_state_and_is_left_by_escape(width: int) -> None:
    size: Any = {"width": width, "height": 800}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, viewport=size) as visit:
        await eventually(lambda: draws(visit, "AAPL", "1s"))
        if width == 360:
            # There the chart is a sheet over the list, and fills most of the window already.
            await visit.page.click("tr[data-symbol=AAPL] .last")
        least = 20 if width == 360 else 100
        before = await box_of(visit, ".plot")
        await visit.page.click("#full")
        await eventually(lambda: is_taller(visit, before["height"] + least))
        assert await visit.page.get_attribute("#full", "aria-pressed") == "true"
        for place in (".pill", "#source", "[data-place=src]", "#full", ".credit a"):
            box = await box_of(visit, place)
            assert 0 <= box["x"] <= width - box["width"], place
            assert 0 <= box["y"] <= 800 - box["height"], place
        assert await visit.page.is_hidden(".watchlist")
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: is_as_before(visit, before))
        await visit.page.keyboard.press("f")
        await eventually(lambda: is_taller(visit, before["height"] + least))
        await visit.page.keyboard.press("f")
        await eventually(lambda: is_as_before(visit, before))
        if width == 360:
            await visit.page.click("[aria-label='Close the chart']")
        await visit.page.focus("#filter")
        await visit.page.keyboard.type("ford")
        assert await visit.page.get_attribute("#full", "aria-pressed") == "false"
        assert await visit.violations() == []


async def test_the_page_fills_a_wide_screen_and_nothing_leaves_a_narrow_one() -> None:
    size: Any = {"width": 2560, "height": 1300}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, viewport=size) as visit:
        await eventually(lambda: draws(visit, "AAPL", "1s"))
        table, plot = await box_of(visit, ".prices"), await box_of(visit, ".plot canvas")
        assert table["x"] <= 30
        assert plot["x"] + (await box_of(visit, ".plot"))["width"] >= 2500
        assert (await box_of(visit, "[data-place=chart]"))["width"] > 1200
        await visit.page.set_viewport_size({"width": 360, "height": 740})
        await visit.page.click("tr[data-symbol=AAPL] .last")
        await eventually(lambda: fits(visit, 360))


async def choose(visit: Visit, value: str) -> None:
    await visit.page.check(f"input[value='{value}']", force=True)


async def offers(visit: Visit, ranges: list[str]) -> bool:
    shown = "[...document.querySelectorAll('.ranges button:not([hidden])')].map((each) => each.value)"
    return bool(await visit.page.evaluate(shown) == ranges)


async def pressed(visit: Visit) -> list[str]:
    shown = "[...document.querySelectorAll('.ranges [aria-pressed=true]')].map((each) => each.value)"
    found: list[str] = await visit.page.evaluate(shown)
    return found


async def reads(visit: Visit, place: str, text: str) -> bool:
    return (await visit.page.inner_text(f"[data-place={place}]")).strip() == text


async def reads_another(visit: Visit, text: str) -> bool:
    found = (await visit.page.inner_text("[data-place=values]")).strip()
    return found.startswith("O 9.50") and found != text


async def tells(visit: Visit, words: str) -> bool:
    return (await visit.page.get_attribute("[data-place=chart]", "aria-label") or "").endswith(words)


async def box_of(visit: Visit, place: str) -> dict[str, float]:
    box = await visit.page.locator(place).first.bounding_box()
    assert box is not None, f"{place} is not shown"
    return dict(box)


async def is_taller(visit: Visit, height: float) -> bool:
    return (await box_of(visit, ".plot"))["height"] > height


async def is_as_before(visit: Visit, before: dict[str, float]) -> bool:
    # The sheet may have been on its way up before: what moves has heights that are off by less than a pixel.
    return abs((await box_of(visit, ".plot"))["height"] - before["height"]) < 1


async def fits(visit: Visit, width: int) -> bool:
    ends = """Math.max(...[...document.querySelectorAll(".chart, .chart :is(label, button, .plot, p, h2)")]
      .filter((each) => each.checkVisibility()).map((each) => each.getBoundingClientRect().right))"""
    return bool(await visit.page.evaluate(ends) <= width)
