"""The pictures of the docs: the page as it is, in every look.

A test run draws them into a folder of its own. `make screenshots` draws them into docs/screenshots.
"""

import json
import os
import random
import re
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
from tests.web.fed import fed
from tests.web.png import small
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

FOLDER = os.environ.get("SCREENSHOTS")
MOST_BYTES = 400_000
WAIT = 15_000 if FOLDER else 1_000
"""ms for which a page is open before its picture is drawn: sparklines of some length look better."""
MINUTES = 180

DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
WIDE: dict[str, Any] = {"viewport": {"width": 2560, "height": 1300}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
MARKET = {"symbols": 50, "rate": 300, "seed": 5}
NAMES = {"REAL": "A real price", "SIM": "A simulated one", "REC": "A recorded one"}
ENDS = {"SIM": ',"src":"sim"}', "REC": ',"src":"rec"}'}
"""How the JSON of a tick ends that says where its price comes from."""


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
    return (
        "1m each" in label
        and "; the newest" in label
        and full
        and await page.evaluate(f"performance.now() > {WAIT}")
    )


async def lies_still(page: Page) -> bool:
    """Tell whether the sheet with the chart has risen."""
    moves = "document.querySelector('#detail').getAnimations().length"
    return await page.is_visible("#detail .grip") and not await page.evaluate(moves)


async def lists_gateways(page: Page, count: int) -> bool:
    return await page.locator("#gateways tbody tr th").count() == count


async def says(page: Page, words: str) -> bool:
    return (await page.inner_text("#status-text")).startswith(words)


@pytest.mark.timeout(600)
async def test_the_pages_pictures(tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    async def draw(page: Page, name: str) -> None:
        await picture(page, folder, name)

    async with market(tmp_path) as (stack, simulator), chromium() as browser:
        url = f"{stack.url}/?chart=NVDA"
        await eventually(lambda: is_simulated(stack))
        dark = await open_page(browser, url, color_scheme="dark", **DESKTOP)
        await draw(dark, "desktop-dark")
        light = await open_page(browser, url, color_scheme="light", **DESKTOP)
        await light.click("th.percent button")
        # Sorted again each second; then the rows that moved up get their sparklines.
        await light.wait_for_timeout(4000)
        await draw(light, "desktop-light")
        wide = await open_page(browser, url, color_scheme="dark", **WIDE)
        await draw(wide, "wide-dark")
        await wide.check("input[value=map]", force=True)
        await wide.check("input[value=turnover]", force=True)
        await wide.wait_for_timeout(500)
        await draw(wide, "map-dark")
        phones = {
            scheme: await open_page(browser, url, color_scheme=scheme, **PHONE)
            for scheme in ("dark", "light")
        }
        for scheme, page in phones.items():
            await draw(page, f"phone-{scheme}")
        await phones["dark"].fill("#filter", "NVDA")
        await phones["dark"].press("#filter", "Enter")
        await eventually(lambda: lies_still(phones["dark"]))
        await draw(phones["dark"], "phone-chart-dark")
        operator = await browser.new_page(color_scheme="light", viewport={"width": 1280, "height": 720})
        await operator.goto(f"{stack.gateways['gw-1'].url}/debug")
        await eventually(lambda: lists_gateways(operator, 2))
        await draw(operator, "debug")
        simulator.signal(signal.SIGSTOP)
        await eventually(lambda: says(dark, "Stale"))
        await draw(dark, "desktop-stale")


# So many symbols take a while to turn up; test_long_list.py has what the picture shows.
@pytest.mark.skipif(not FOLDER, reason="it is drawn by make screenshots alone")
@pytest.mark.timeout(300)
async def test_pictures_of_ten_thousand_symbols(tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else tmp_path
    async with running_stack(1, symbols=10_000, rate=2_000, seed=5) as stack, chromium() as browser:
        context = await browser.new_context(timezone_id="UTC", color_scheme="dark", **DESKTOP)
        page = await context.new_page()
        await page.goto(stack.url)

        # Each symbol turns up with its first tick, so the last ones take a while.
        async def has_most() -> bool:
            return int(re.sub(r"\D", "", await page.inner_text("#count")) or 0) > 5_000

        await eventually(has_most, timeout=120)
        await page.click("th.percent button")
        await page.wait_for_timeout(WAIT)
        await picture(page, folder, "ten-thousand-dark")


async def test_pictures_of_long_names_and_of_sources_side_by_side(tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else tmp_path
    long = Instrument(
        "W" * 64, ("The name of an instrument that is as long as may be. " * 3)[:128], "0.01", "7", "USD"
    )
    named = [Instrument(symbol, name, "0.01", "100", "USD") for symbol, name in NAMES.items()]
    async with fed(long, *named) as page:
        for q in range(1, 30):
            news = [encode_tick(Tick(long.symbol, now(), "123456789012345.67", bid="123456789012345.66"), q)]
            for sign, symbol in zip((1, -1, 1), NAMES, strict=True):
                tick = Tick(symbol, now(), f"{100 + q / 10 * sign:.2f}")
                news.append(encode_tick(tick, q, ENDS.get(symbol, "}")))
            symbols = [each.symbol.encode() for each in (long, *named)]
            await page.feeder.publish(list(zip(symbols, news, strict=True)))
        shown = page.visit.page
        for name, width, height in (("long-names", 1440, 420), ("long-names-phone", 390, 844)):
            await shown.set_viewport_size({"width": width, "height": height})
            await shown.goto(page.url)
            rows = "document.querySelectorAll('#rows tr').length === 4"
            await eventually(lambda rows=rows: shown.evaluate(rows))  # type: ignore[misc]
            await shown.wait_for_timeout(WAIT / 5)
            await picture(shown, folder, name)


async def picture(page: Page, folder: Path, name: str) -> None:
    """Draw a picture, which has to show something."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = await page.screenshot()
    assert 10_000 < len(drawn) < MOST_BYTES
    if FOLDER:
        drawn = small(drawn)
    (folder / f"{name}.png").write_bytes(drawn)


def now() -> int:
    """Return the time, µs since the epoch."""
    return time.time_ns() // 1000
