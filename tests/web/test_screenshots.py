"""The pictures of the docs: the page as it is, in every look.

A test run draws them into a folder of its own. `make screenshots` draws them into docs/screenshots.
"""

import json
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.support.event_stream import stream
from tests.support.eventually import eventually
from tests.support.programs import running_publisher
from tests.support.stack import Stack, running_stack
from tests.web.browser import chromium

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("SCREENSHOTS")
MOST_BYTES = 300_000
WAIT = 15_000 if FOLDER else 1_000
"""ms for which a page is open before its picture is drawn: sparklines of some length look better."""
MINUTES = 180

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
MARKET = {"symbols": 50, "rate": 300, "seed": 5}


@asynccontextmanager
async def market(tmp_path: Path) -> AsyncIterator[tuple[Stack, Any]]:
    """A simulated market in the middle of its day: recorded ticks first, then the simulator continues."""
    recording = tmp_path / "morning.jsonl"
    recording.write_text("".join(f"{json.dumps(tick)}\n" for tick in morning("NVDA", 177.8)), "utf-8")
    debug = {"debug": True}
    async with running_stack(2, gateway=debug, source="replay", file=str(recording), speed="max") as stack:
        await stack.publisher.ended(60)
        async with running_publisher(stack.redis_url, **MARKET) as simulator:
            yield stack, simulator


def morning(symbol: str, price: float) -> list[dict[str, Any]]:
    """Ticks every five seconds up to now, walking back from a price at random."""
    dice = random.Random(11)
    now = time.time_ns() // 1000
    ticks: list[dict[str, Any]] = []
    for step in range(MINUTES * 12):
        ticks.append(
            {
                "S": symbol,
                "t": now - (2 + 5 * step) * 1_000_000,
                "p": round(price, 2),
                "s": 100 * dice.choice([1, 1, 2, 3, 5, 8]),
            }
        )
        price *= 1 + dice.gauss(0, 0.00028) - 0.000004
    return ticks[::-1]


async def open_page(browser: Browser, url: str, **looks: Any) -> Page:
    context = await browser.new_context(timezone_id="UTC", **looks)
    page = await context.new_page()
    await page.goto(url)
    await eventually(lambda: is_drawn(page), timeout=90)
    return page


async def is_simulated(stack: Stack) -> bool:
    async with stream(stack.url) as client:
        hello = await client.expect("hello")
        return bool(hello["source"] == "simulated")


async def is_drawn(page: Page) -> bool:
    label = await page.get_attribute("[data-place=chart]", "aria-label") or ""
    full = await page.evaluate("document.querySelectorAll('#rows tr').length >= 50")
    return "1m each; the newest" in label and full and await page.evaluate(f"performance.now() > {WAIT}")


async def lists_gateways(page: Page, count: int) -> bool:
    return await page.locator("#gateways tbody tr th").count() == count


async def says(page: Page, words: str) -> bool:
    return (await page.inner_text("#status-text")).startswith(words)


@pytest.mark.timeout(600)
async def test_the_pages_pictures(tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    async def draw(page: Page, name: str) -> None:
        await page.screenshot(path=folder / f"{name}.png")
        assert 10_000 < (folder / f"{name}.png").stat().st_size < MOST_BYTES

    async with market(tmp_path) as (stack, simulator), chromium() as browser:
        url = f"{stack.url}/?chart=NVDA"
        await eventually(lambda: is_simulated(stack))
        dark = await open_page(browser, url, color_scheme="dark", **DESKTOP)
        await draw(dark, "desktop-dark")
        light = await open_page(browser, url, color_scheme="light", **DESKTOP)
        await light.click("th.percent button")
        await light.click("th.percent button")
        # Sorted again each second; then the rows that moved up get their sparklines.
        await light.wait_for_timeout(4000)
        await draw(light, "desktop-light")
        phones = {
            scheme: await open_page(browser, url, color_scheme=scheme, **PHONE)
            for scheme in ("dark", "light")
        }
        for scheme, page in phones.items():
            await draw(page, f"phone-{scheme}")
        operator = await browser.new_page(color_scheme="light", viewport={"width": 1280, "height": 720})
        await operator.goto(f"{stack.gateways['gw-1'].url}/debug")
        await eventually(lambda: lists_gateways(operator, 2))
        await draw(operator, "debug")
        simulator.signal(signal.SIGSTOP)
        await eventually(lambda: says(dark, "Stale"))
        await draw(dark, "desktop-stale")
