"""One price, the same in every frame: in the row, in large type, beside the newest candle, in the tab."""

from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.watchlist import is_live

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 600, "seed": 5}

# After each frame: the price in the row and in large type as painted, what the chart says that its newest
# candle closes at, and the texts that the chart has drawn in this frame. The log's own frame callback is the
# first of each frame, so its message comes before any that the page sends itself.
LOG = """
window.prices = [];
let drawn = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  drawn.push(text);
  return write.call(this, text, ...rest);
};
const channel = new MessageChannel();
const text = (place) => document.querySelector(place)?.textContent ?? "";
channel.port1.onmessage = () => {
  const close = document.querySelector("[data-place=chart]")?.ariaLabel?.match(/close ([\\d.]+)/)?.[1] ?? "";
  const [title] = document.title.split(" ");
  prices.push({ row: text("tr.chosen .last"), large: text("[data-place=last]"), title, close, drawn });
  drawn = [];
};
const log = () => {
  requestAnimationFrame(log);
  channel.port2.postMessage("");
};
requestAnimationFrame(log);
"""


async def logged(visit: Visit) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = await visit.page.evaluate("prices")
    return frames


@pytest.mark.parametrize("interval", [0, 250])
async def test_row_large_price_and_candle_say_the_same_in_every_frame(interval: int) -> None:
    async with running_stack(1, **MARKET) as stack, visiting("about:blank") as visit:
        await visit.page.add_init_script(LOG)
        await visit.page.goto(f"{stack.url}/?interval={interval}&chart=MSFT")
        await eventually(lambda: is_live(visit))
        await eventually(lambda: has_candle(visit))
        before = len(await logged(visit))
        await eventually(lambda: has_moved(visit, before))
        frames = (await logged(visit))[before:]
        assert [frame for frame in frames if not frame["row"] == frame["large"] == frame["title"]] == []
        assert [frame for frame in frames if float(frame["close"]) != float(frame["row"])] == []
        # The canvas itself, whenever the chart has drawn its prices: its tag has the price of the same frame.
        tagged = [frame for frame in frames if any("." in each for each in frame["drawn"])]
        assert tagged
        assert [frame for frame in tagged if frame["row"] not in frame["drawn"]] == []


async def has_candle(visit: Visit) -> bool:
    return bool((await logged(visit))[-1]["close"])


async def has_moved(visit: Visit, before: int) -> bool:
    return len({frame["row"] for frame in (await logged(visit))[before:]}) > 20
