"""The axes of the chart: times in the reader's zone, prices written as in the table."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.truth import CHART

pytestmark = pytest.mark.browser

MARKET = {"symbols": 2, "rate": 20, "seed": 5}

# The chart is a canvas: its texts are recorded as they are drawn.
HEAR_TEXTS = """
window.written = new Set();
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  written.add(text);
  return write.call(this, text, ...rest);
};
"""

# Colours are read by way of an element of the page.
COUNT_LOOKS = """
window.looks = 0;
const compute = window.getComputedStyle;
window.getComputedStyle = (...element) => { window.looks += 1; return compute(...element); };
"""

DRAW = """async ([bars, digits]) => {
  const { Chart, loadLibrary } = await import("/page/chart.js");
  const { colours } = await import("/page/theme.js");
  const box = document.createElement("div");
  box.style.cssText = "position: fixed; inset: 0; width: 800px; height: 400px";
  document.body.append(box);
  const chart = new Chart(await loadLibrary(), box, colours(document.getElementById("probe")));
  window.looks = 0;
  written.clear();
  chart.show(bars, digits, true);
  return [chart.newest(), window.looks];
}"""


def bars_of(start: datetime, count: int, interval: str = "1m", price: float = 4249) -> list[dict[str, Any]]:
    """Return the bars of a symbol, one after the other, around a price."""
    step = {"1s": 1, "1m": 60}[interval]
    return [
        {"S": "A", "i": interval, "t": (int(start.timestamp()) + step * number) * 1_000_000, "q": number + 1}
        | {"o": price + number % 5, "h": price + 8, "l": price - 8, "c": price, "v": 3, "n": 1}
        for number in range(count)
    ]


async def drawn(visit: Visit, bars: list[dict[str, Any]], digits: int = 2) -> tuple[str, int]:
    """Draw bars in a chart of their own; return the newest in words, and how many styles were computed."""
    await visit.page.goto(visit.page.url)
    newest, looks = await visit.page.evaluate(DRAW, [bars, digits])
    return newest, looks


async def written(visit: Visit) -> set[str]:
    """Return the texts drawn on canvases since the chart of the test was drawn."""
    return set(await visit.page.evaluate("[...written]"))


async def test_the_hour_that_comes_twice_when_clocks_go_back_is_drawn_whole() -> None:
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=NOPE", timezone_id="Europe/Berlin") as visit,
    ):
        await visit.page.add_init_script(HEAR_TEXTS)
        # 02:30 in summer time, until 03:59 in winter time.
        newest, _ = await drawn(visit, bars_of(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 150))
        assert newest.startswith("open 4253, high 4257")
        await eventually(lambda: has_written(visit, "03:00", "03:30"))
        assert visit.complaints == []


async def has_written(visit: Visit, *texts: str) -> bool:
    found = await written(visit)
    assert {*texts} <= found, found
    return True


async def test_times_are_those_of_the_readers_clock_with_seconds_where_bars_are_seconds() -> None:
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=NOPE", timezone_id="Asia/Kolkata") as visit,
    ):
        await visit.page.add_init_script(HEAR_TEXTS)
        noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
        await drawn(visit, bars_of(noon, 90))
        await eventually(lambda: has_written(visit, "18:00"))
        await visit.page.mouse.move(400, 100)
        await eventually(lambda: has_written_a_day(visit))
        await drawn(visit, bars_of(noon, 90, "1s"))
        await eventually(lambda: has_written(visit, "17:31:00"))


async def has_written_a_day(visit: Visit) -> bool:
    return any(text.startswith("23 Nov 1") for text in await written(visit))


async def test_prices_have_their_digits_grouped_as_in_the_table() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?symbols=NOPE") as visit:
        await visit.page.add_init_script(HEAR_TEXTS)
        await drawn(visit, bars_of(datetime(2026, 11, 23, tzinfo=UTC), 20))
        await eventually(lambda: has_written(visit, "4,249.00"))
        assert "4249.00" not in await written(visit)


async def test_a_bar_costs_no_look_at_the_styles_of_the_page() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?symbols=NOPE") as visit:
        await visit.page.add_init_script(HEAR_TEXTS + COUNT_LOOKS)
        few, many = [
            (await drawn(visit, bars_of(datetime(2026, 11, 23, tzinfo=UTC), count)))[1] for count in (2, 1000)
        ]
        assert few == many
        assert await visit.page.locator(CHART).count() == 1
