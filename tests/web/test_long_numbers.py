"""Numbers and symbols of any length: none makes a column wider than the screen, no digit is cut or added."""

import time
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tests.web.test_widths import CUT, fits
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

WINDOWS = [(1920, 1080), (1280, 800), (901, 800), (768, 1024), (390, 844), (320, 700)]

LONG_SYMBOL = "W" * 32

PRICES = {
    "OK": ("10.5", "10.50"),
    "E17": ("1e17", "1e17"),
    "E17LONG": ("100000000000000000", "1e17"),
    "NEGATIVE": ("-123456789012345", "−123,456,789,012,345"),
    "HUGE": ("1e300", "1e300"),
    "INFINITE": ("1e400", "∞"),
    "LONG": ("12345678901234567890.12345678901", "≈1.23456789012346e19"),
    "DIGITS": ("1234567.12345678", "1,234,567.12345678"),
    "TINY": ("0.000012345678901234", "0.000012345678901234"),
    LONG_SYMBOL: ("97123.45", "97,123.45"),
}

# Every cell in sight whose right edge is beyond the screen, or beyond its table.
BEYOND = """[...document.querySelectorAll("#rows :is(th, td), #detail *")]
  .filter((cell) => cell.checkVisibility({ contentVisibilityAuto: true }))
  .filter((cell) => cell.getBoundingClientRect().right > Math.min(innerWidth,
    (cell.closest("table") ?? cell.closest("#detail")).getBoundingClientRect().right) + 0.5)
  .map((cell) => `${cell.className || cell.tagName}: ${cell.textContent.slice(0, 40)}`)"""


async def publish(feeder: Feeder, symbol: str, number: str) -> None:
    """Publish a tick of which every number is the same; a publisher would refuse some of them."""
    fields: dict[str, Any] = dict.fromkeys(("size", "bid", "bid_size", "ask", "ask_size", "volume"), number)
    tick = Tick(symbol, time.time_ns() // 1000, number, **fields)
    await feeder.publish([(symbol.encode(), encode_tick(tick, 1))])


async def shows(visit: Visit) -> bool:
    """Tell whether price, bid, ask, sizes and volume of every row are written as they must be; asserts so."""
    found = await visit.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) => [row.dataset.symbol,
             ["last", "bid", "ask"].map((name) => row.querySelector(`.${name}`).textContent)]))"""
    )
    assert found == {symbol: [text] * 3 for symbol, (_, text) in PRICES.items()}
    return True


async def nothing_is_beyond(visit: Visit) -> bool:
    assert await fits(visit)
    assert await visit.page.evaluate(BEYOND) == []
    cut: list[str] = await visit.page.evaluate(CUT)
    assert [each for each in cut if not each.startswith(LONG_SYMBOL)] == []
    return True


async def test_no_number_widens_a_column_past_the_screen_and_none_has_a_digit_that_nobody_sent() -> None:
    with valkey() as redis_url:
        async with Feeder(redis_url) as feeder, feeder.beating():
            # A reference price and a tick size that the prices do not fit.
            await feeder.claim([Instrument(name, name, "0.01", "7.77", "USD") for name in PRICES])
            for symbol, (number, _) in PRICES.items():
                await publish(feeder, symbol, number)
            async with (
                running_gateway(redis_url) as gateway,
                visiting(f"{gateway.url}/?chart={LONG_SYMBOL}") as visit,
            ):
                await eventually(lambda: shows(visit))
                for width, height in WINDOWS:
                    await visit.page.set_viewport_size({"width": width, "height": height})
                    await eventually(lambda: nothing_is_beyond(visit))
                    for symbol in ("LONG", "TINY", LONG_SYMBOL):
                        await visit.page.click(f"tr[data-symbol={symbol}] .last")
                        await eventually(lambda symbol=symbol: is_charted(visit, symbol))  # type: ignore[misc]
                        await eventually(lambda: nothing_is_beyond(visit))
                        # On a phone the chart is a sheet over the list.
                        await visit.page.keyboard.press("Escape")
                assert visit.complaints == []


async def is_charted(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("#detail h2") == symbol
