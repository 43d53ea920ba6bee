"""500 rows while the feed runs at 10,000 ticks/s: the page stays quick, and no bigger.

By hand for longer, and as the numbers:  PAGE_LOAD_SECONDS=300 make pytest ARGS="tests/web/test_load.py -s"
"""

import asyncio
import os
import statistics

import pytest
from playwright.async_api import Browser, CDPSession, Page

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import chromium
from tests.web.tracing import CATEGORIES, Work, work_of

SECONDS = float(os.environ.get("PAGE_LOAD_SECONDS", "20"))
SLICE = 5.0
"""Seconds of one trace: a longer one would fill the memory."""

MOST_BUSY, LONGEST_TASK = 0.5, 100

YARDSTICK = """() => {
  const one = i => ({S: "S" + i, q: i, t: 1795384800123456 + i, p: i / 7});
  const text = JSON.stringify(Array.from({length: 500}, (_, i) => one(i)));
  const rows = new Map(), began = performance.now();
  for (let turn = 0; turn < 400; turn++)
    for (const tick of JSON.parse(text)) rows.set(tick.S, tick.p.toFixed(2));
  return performance.now() - began;
}"""
"""A fixed piece of work, in ms, done in an empty page."""

CALM = 100.0
"""ms that it takes where the bounds were set, while that machine is calm; 80 to 230 were seen there."""

MOST_GROWTH = 1.5e6 if SECONDS < 90 else 2.5e6
"""Bytes: 20 s bring 40,000 changes of rows, so 40 bytes lost with each show. For 90 s sparklines fill."""

pytestmark = [pytest.mark.browser, pytest.mark.alone, pytest.mark.timeout(SECONDS * 1.5 + 120)]


@pytest.mark.parametrize("interval", [250, 0])
async def test_the_page_is_quick_and_no_bigger_under_load(interval: int) -> None:
    async with running_stack(1, symbols=500, rate=10_000, seed=5) as stack, chromium() as browser:
        pace = await yardstick(browser)
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        await page.goto(f"{stack.url}/?interval={interval}")
        await eventually(
            lambda: page.evaluate("document.getElementById('count').textContent === '500 symbols'")
        )
        devtools = await page.context.new_cdp_session(page)
        await asyncio.sleep(5)
        before = await heap(devtools)
        # A full collection also drops compiled code, which is made again.
        await asyncio.sleep(5)
        slices = [await work(browser, page) for _ in range(max(4, round(SECONDS / SLICE)))]
        grown = await heap(devtools) - before
        pace += await yardstick(browser)
        # The calmest slice shows the work of the page; in the others neighbours of the machine may work, too.
        busy = min(each.busy for each in slices)
        own = [round(each.longest_own) for each in slices]
        clock = [round(each.longest) for each in slices]
        print(
            f"\ninterval {interval}: yardstick {statistics.median(pace):.0f} ms, busy {busy:.0%};"
            f" longest tasks {clock} ms, {own} of their own; heap {grown:+} bytes"
        )
        assert await page.inner_text("#status-text") == "Live"
        assert await page.inner_text("#gaps") == "none"
        # The bounds are those of a calm machine: one that is slower just now takes longer for the same work.
        slower = max(1.0, statistics.median(pace) / CALM)
        assert busy < MOST_BUSY * slower
        # What the page itself does in a task stays far below the limit, in every slice.
        assert 0 < max(own) < LONGEST_TASK / 2 * slower
        # By the clock a task may wait for a processor, which gateway, publisher and Valkey share with it
        # here: 20 ms of work were seen to take 200. That may happen once; undisturbed, none is longer.
        assert sorted(clock)[-2] < LONGEST_TASK * slower
        assert grown < MOST_GROWTH


async def yardstick(browser: Browser) -> list[float]:
    page = await browser.new_page()
    await page.goto("about:blank")
    took = [float(await page.evaluate(YARDSTICK)) for _ in range(6)]
    await page.close()
    return took[1:]


async def work(browser: Browser, page: Page) -> Work:
    await browser.start_tracing(page=page, categories=CATEGORIES)
    await asyncio.sleep(SLICE)
    return work_of(await browser.stop_tracing())


async def heap(devtools: CDPSession) -> int:
    """Bytes of the page's objects, without garbage."""
    await devtools.send("HeapProfiler.collectGarbage")
    return int((await devtools.send("Runtime.getHeapUsage"))["usedSize"])
