"""What a reader sees, frame by frame: prices from before a break or a sleep are never called live."""

import asyncio
import signal
from typing import Any

import psutil
import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 400, "seed": 5}

HEARTBEAT = 1000
"""ms; after 2.5 of them without an event a page gives up its connection."""

SLEEP = 8.0
"""Seconds."""

# What the page shows as a frame begins: its tone, the newest time of a price, and when that was. The page is
# made to check itself in every frame instead of twice a second: so it is nearly always between two paints.
LOG = """
const real = setInterval;
window.setInterval = (call, ms) => real(call, ms === 500 ? 10 : ms);
window.frames_ = [];
const log = () => {
  const times = [...document.querySelectorAll("#rows .time")].map(({ textContent }) => textContent).sort();
  frames_.push({ at: Date.now(), tone: document.body?.dataset.tone, newest: times.at(-1) ?? "" });
  requestAnimationFrame(log);
};
requestAnimationFrame(log);
"""

Frame = dict[str, Any]


async def frames(visit: Visit) -> list[Frame]:
    logged: list[Frame] = await visit.page.evaluate("frames_")
    return logged


async def follow(visit: Visit, url: str) -> None:
    """Reload the page with a log of its frames, and wait until its prices are live."""
    await visit.page.add_init_script(LOG)
    await visit.page.goto(url)
    await eventually(lambda: is_live(visit))


async def is_live(visit: Visit) -> bool:
    logged = await frames(visit)
    return bool(logged and logged[-1]["tone"] == "live" and logged[-1]["newest"][:1].isdigit())


async def test_after_a_reconnection_the_first_live_frame_has_the_new_prices() -> None:
    async with (
        running_stack(2, gateway={"heartbeat": HEARTBEAT}, **MARKET) as stack,
        visiting(stack.url) as visit,
    ):
        await follow(visit, stack.url)
        stack.gateways[await visit.gateway()].signal(signal.SIGKILL)

        async def is_back() -> bool:
            tones = [frame["tone"] for frame in await frames(visit)]
            return "wait" in tones[tones.index("live") :] and tones[-20:] == ["live"] * 20

        await eventually(is_back)
        logged = await frames(visit)
        first = next(i for i, frame in enumerate(logged) if frame["tone"] == "live")
        broken = next(i for i in range(first, len(logged)) if logged[i]["tone"] != "live")
        assert old_under_live(logged[broken:], logged[broken]["newest"]) == []


async def test_a_computer_that_slept_does_not_show_prices_of_before_as_live() -> None:
    async with (
        running_stack(1, gateway={"heartbeat": HEARTBEAT}, **MARKET) as stack,
        visiting(stack.url) as visit,
    ):
        await follow(visit, stack.url)
        processes = browser_processes()
        for process in processes:
            process.suspend()
        await asyncio.sleep(SLEEP)
        for process in processes:
            process.resume()

        async def is_awake() -> bool:
            logged = await frames(visit)
            before = logged[first_after_sleep(logged) - 1]
            return bool(logged[-1]["tone"] == "live" and logged[-1]["newest"] > before["newest"])

        await eventually(is_awake)
        logged = await frames(visit)
        woken = first_after_sleep(logged)
        # The first frame is drawn before any script can read the clock.
        assert old_under_live(logged[woken + 1 :], logged[woken - 1]["newest"]) == []


def first_after_sleep(logged: list[Frame]) -> int:
    """Return the index of the first frame after the longest pause; asserts that it was the sleep."""
    woken = max(range(1, len(logged)), key=lambda i: logged[i]["at"] - logged[i - 1]["at"])
    assert logged[woken]["at"] - logged[woken - 1]["at"] > SLEEP * 900
    return woken


def old_under_live(logged: list[Frame], before: str) -> list[Frame]:
    """Return the frames that call prices live though none of them is newer than `before`."""
    return [frame for frame in logged if frame["tone"] == "live" and frame["newest"] <= before]


def browser_processes() -> list[psutil.Process]:
    """Return the processes of the browser that this test runs."""
    return [child for child in psutil.Process().children(recursive=True) if "chrom" in child.name()]
