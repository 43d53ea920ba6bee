"""The map of the market: the same list as tiles, for eyes, pointers, keyboards and screen readers."""

import signal
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tests.web.browser import Visit, visiting
from tests.web.fed import Fed, fed
from tests.web.test_accessibility import axe, violations
from tests.web.watchlist import chosen_is, reads
from tickcast.wire.instrument import Instrument

__all__ = ["axe"]

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}
COUNTRIES = [Instrument(symbol, f"{symbol} Inc", "0.01", "100", "USD") for symbol in "ABCDEF"]

# The map is a canvas: what is drawn is recorded.
HEAR_DRAWING = """
window.drawn = { fills: 0, texts: [], shown: 0 };
const { fillRect, fillText, drawImage } = CanvasRenderingContext2D.prototype;
const isTiles = ({ canvas }) => !canvas.isConnected || canvas.closest(".market");
CanvasRenderingContext2D.prototype.fillRect = function (...box) {
  if (isTiles(this)) drawn.fills += 1;
  return fillRect.apply(this, box);
};
CanvasRenderingContext2D.prototype.fillText = function (...text) {
  if (isTiles(this)) drawn.texts.push(text[0]);
  return fillText.apply(this, text);
};
CanvasRenderingContext2D.prototype.drawImage = function (...rest) {
  if (this.canvas.closest(".market")) drawn.shown += 1;
  return drawImage.apply(this, rest);
};
"""

FORGET = "drawn.fills = drawn.shown = 0, drawn.texts.length = 0"


async def begin(page: Fed, query: str = "?view=map") -> Visit:
    """Open the map of six symbols, each at 100, with the chart beside it."""
    await page.visit.page.set_viewport_size({"width": 1440, "height": 900})
    for symbol in "ABCDEF":
        await page.tick(symbol, 1, "100.00")
    await page.visit.page.add_init_script(HEAR_DRAWING)
    await page.visit.page.goto(page.url + query)
    await eventually(lambda: has_drawn(page.visit, "F", "0.00%"))
    return page.visit


async def test_a_tick_draws_its_own_tile_and_no_other_one() -> None:
    async with fed(*COUNTRIES) as page:
        visit = await begin(page)
        await visit.page.evaluate(FORGET)
        await page.tick("B", 2, "101.50")
        await eventually(lambda: has_drawn(visit, "B", "▲ +1.50%"))
        assert await visit.page.evaluate("drawn.texts") == ["B", "▲ +1.50%"]
        # Its colour, and the bar that says where it went.
        assert await visit.page.evaluate("drawn.fills") == 2
        await visit.page.evaluate(FORGET)
        await page.tick("C", 2, "98.00")
        await eventually(lambda: has_drawn(visit, "C", "▼ −2.00%"))
        assert await visit.page.evaluate("[drawn.fills, drawn.shown]") == [2, 0]


async def test_a_tile_says_its_quote_to_the_pointer_and_opens_its_chart() -> None:
    async with fed(*COUNTRIES) as page:
        visit = await begin(page)
        await visit.page.mouse.move(*await middle_of(visit, "E"))
        await eventually(lambda: quote_begins(visit, "E\nE Inc\n100.00 USD\n0.00 (0.00%)"))
        # It goes on with its ticks.
        await page.tick("E", 2, "100.25")
        await eventually(lambda: quote_begins(visit, "E\nE Inc\n100.25 USD\n+0.25 (+0.25%)"))
        await visit.page.mouse.click(*await middle_of(visit, "E"))
        await eventually(lambda: chosen_is(visit, "E"))
        await visit.page.mouse.move(1, 1)
        assert await visit.page.is_hidden(".quote")


async def test_the_keyboard_alone_goes_from_tile_to_tile_and_a_screen_reader_is_told() -> None:
    async with fed(*COUNTRIES) as page:
        visit, press = await begin(page), page.visit.page.keyboard.press
        await visit.page.focus("#market [role=listbox]")
        await press("Home")
        assert (await told(visit)).startswith("A, A Inc, 100.00 USD")
        await press("ArrowRight")
        assert (await told(visit)).startswith("B, B Inc, 100.00 USD")
        assert await active(visit, "posinset") == "2"
        assert await active(visit, "setsize") == "6"
        await press("End")
        await press("ArrowLeft")
        assert (await told(visit)).startswith("E, ")
        await press("Enter")
        await eventually(lambda: chosen_is(visit, "E"))
        # A tick is not read out.
        before = await told(visit)
        await page.tick("E", 2, "100.25")
        await eventually(lambda: quote_begins(visit, "E\nE Inc\n100.25 USD"))
        assert await told(visit) == before
        assert await visit.violations() == []


async def test_the_map_is_the_list_that_is_searched_and_it_is_kept_over_a_reload() -> None:
    async with fed(*COUNTRIES) as page:
        visit = await begin(page)
        assert await visit.page.is_hidden(".prices")
        await visit.page.evaluate(FORGET)
        await visit.page.fill("#filter", "d")
        await eventually(lambda: has_drawn(visit, "D", "0.00%"))
        assert set(await visit.page.evaluate("drawn.texts")) == {"D", "0.00%"}
        # An address that was shared changes no choice; these are the reader's own.
        for choice in ("list", "map", "turnover"):
            await visit.page.check(f"input[value={choice}]", force=True)
        assert visit.page.url.endswith("?view=map&sizes=turnover")
        await visit.page.goto(page.url)
        await eventually(lambda: has_drawn(visit, "F", "0.00%"))
        assert visit.page.url == f"{page.url}/"
        assert await visit.page.is_checked("input[value=turnover]")
        await visit.page.check("input[value=list]", force=True)
        assert await visit.page.is_visible(".prices")
        assert await visit.page.is_hidden(".market")
        await visit.page.evaluate(FORGET)
        await page.tick("A", 2, "105.00")
        await eventually(lambda: row_says(visit, "A", "105.00"))
        assert await visit.page.evaluate("drawn.fills") == 0


async def test_a_map_that_does_not_load_leaves_the_list_and_comes_when_it_is_asked_for_again() -> None:
    async with fed(*COUNTRIES) as page:
        visit = page.visit
        for symbol in "ABCDEF":
            await page.tick(symbol, 1, "100.00")
        await visit.page.add_init_script(HEAR_DRAWING)
        await visit.page.route("**/page/tile_look.js", lambda route: route.abort("failed"))
        await visit.page.goto(f"{page.url}/?view=map")
        await eventually(lambda: reads(visit, "#notice", "The map did not load: try again"))
        await eventually(lambda: row_says(visit, "F", "100.00"))
        assert await visit.page.is_checked("input[value=list]")
        await visit.page.unroute("**/page/tile_look.js")
        await visit.page.check("input[value=map]", force=True)
        await eventually(lambda: has_drawn(visit, "F", "0.00%"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation_in_the_map(axe: str, scheme: str) -> None:
    looks: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?view=map", **looks) as visit:
        await eventually(lambda: is_filled(visit))
        assert await violations(visit, axe) == {}
        await visit.page.focus("#market [role=listbox]")
        await visit.page.keyboard.press("ArrowDown")
        assert await violations(visit, axe) == {}
        await visit.page.click("#full-map")
        assert await violations(visit, axe) == {}
        await looks_stale_when_it_is(visit, stack)


async def looks_stale_when_it_is(visit: Visit, stack: Stack) -> None:
    """In full screen the state and the source stay above the map, and what is stale does not look live."""
    assert await visit.page.is_visible("#source")
    assert await visit.page.is_hidden("aside")
    live = await visit.page.evaluate("getComputedStyle(document.querySelector('.market canvas')).filter")
    stack.publisher.signal(signal.SIGSTOP)
    await eventually(lambda: is_grey(visit))
    assert live == "none"
    assert await visit.page.is_visible(".pill")
    await visit.page.keyboard.press("Escape")
    assert await visit.page.is_visible("aside")


async def test_where_readers_have_colours_of_their_own_direction_is_drawn_as_bars_and_signs() -> None:
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(f"{stack.url}/?view=map", forced_colors="active") as visit,
    ):
        await eventually(lambda: is_filled(visit))
        # Paper and ink, and nothing in between but the edges of letters.
        colours = await visit.page.evaluate(COLOURS)
        assert set(colours[:2]) == {"255,255,255", "0,0,0"}


# The colours of the map, the most frequent first.
COLOURS = """(() => {
  const canvas = document.querySelector(".market canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const key = `${data[at]},${data[at + 1]},${data[at + 2]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
})()"""


async def has_drawn(visit: Visit, *texts: str) -> bool:
    return bool(
        await visit.page.evaluate("(texts) => texts.every((each) => drawn.texts.includes(each))", texts)
    )


async def middle_of(visit: Visit, symbol: str) -> tuple[float, float]:
    """Return where the tile of one of the six symbols is, px of the window."""
    x, y = await visit.page.evaluate(
        """async (at) => {
             const { grid } = await import("/page/market_tiles.js");
             const canvas = document.querySelector(".market canvas");
             const { left, top, width, height } = canvas.getBoundingClientRect();
             const [x, y, wide, high] = grid(6, Math.round(width), Math.round(height)).slice(at * 4);
             return [left + x + wide / 2, top + y + high / 2];
           }""",
        "ABCDEF".index(symbol),
    )
    return x, y


async def quote_begins(visit: Visit, text: str) -> bool:
    return (await visit.page.inner_text(".quote")).startswith(text)


async def told(visit: Visit) -> str:
    """Return what a screen reader says of the tile with the focus."""
    said: str = await visit.page.evaluate(
        """document.getElementById(document.querySelector("#market [role=listbox]")
             .getAttribute("aria-activedescendant")).textContent"""
    )
    return said


async def active(visit: Visit, attribute: str) -> str | None:
    return await visit.page.get_attribute("[role=option]:not([hidden])", f"aria-{attribute}")


async def is_filled(visit: Visit) -> bool:
    return len(await visit.page.evaluate(COLOURS)) > 3


async def is_grey(visit: Visit) -> bool:
    filtered = "getComputedStyle(document.querySelector('.market canvas')).filter"
    return bool(await visit.page.evaluate(filtered) == "grayscale(1)")


async def row_says(visit: Visit, symbol: str, text: str) -> bool:
    return (await visit.cells())[symbol][3] == text
