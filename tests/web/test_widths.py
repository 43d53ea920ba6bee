"""No number of the table is ever cut, however long the number and however narrow the window."""

import time
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tests.web.watchlist import watching
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

WINDOWS = [(1920, 1080), (1440, 900), (1366, 768), (1280, 800), (1024, 768), (901, 800), (768, 1024)]
PHONE = (390, 844)

INSTRUMENTS = [
    Instrument("MSFT", "Microsoft", "0.01", "510.00", "USD"),
    Instrument("BTC-USDT", "Bitcoin", "0.01", "96000.00", "USDT"),
    Instrument("WWWWWW", "Every letter is wide", "0.000001", "0.5", "EUR"),
]

# The name may be cut: it is words. Rows out of sight have no layout to be measured.
CUT = """[...document.querySelectorAll("#rows :is(th button, th, td:not(.name, .trend, .remove)), thead th")]
  .filter((cell) => cell.closest("tr").checkVisibility({ contentVisibilityAuto: true }))
  .filter((cell) => cell.getBoundingClientRect().top < innerHeight)
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map((cell) => `${cell.closest("tr").dataset.symbol} ${cell.className}: ${cell.textContent}`)"""

CUT_NAMES = """[...document.querySelectorAll("#rows .name")]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
  .map(({ textContent }) => textContent)"""


async def test_no_number_and_no_symbol_is_cut_in_any_window_and_none_makes_the_page_wider() -> None:
    with valkey() as redis_url:
        async with Feeder(redis_url) as feeder, running_gateway(redis_url) as gateway, feeder.beating():
            await feeder.claim(INSTRUMENTS)
            await publish(feeder, "MSFT", price="512.35", bid_size="100", volume="1000")
            async with visiting(gateway.url) as visit:
                await eventually(lambda: shows(visit, "512.35"))
                # Wider texts come later.
                await publish(feeder, "BTC-USDT", price="97123.45", bid_size="12300", volume="1234567")
                await publish(feeder, "WWWWWW", price="0.123456", bid_size="9", volume="1")
                await eventually(lambda: shows(visit, "97,123.45"))
                await eventually(lambda: shows(visit, "0.123456"))
                for width, height in (*WINDOWS, PHONE):
                    await visit.page.set_viewport_size({"width": width, "height": height})
                    await eventually(lambda: nothing_is_cut(visit))
                    await eventually(lambda: fits(visit))
                assert await visit.page.is_visible("td.volume")


async def test_where_there_is_no_room_for_all_columns_the_lesser_ones_go_and_come_back() -> None:
    with valkey() as redis_url:
        async with Feeder(redis_url) as feeder, running_gateway(redis_url) as gateway, feeder.beating():
            await publish(feeder, "BTC-USDT", price="97123456.45", bid_size="1230000", volume="123456789")
            async with visiting(gateway.url, viewport={"width": 1320, "height": 900}) as visit:
                await eventually(lambda: shows(visit, "97,123,456.45"))
                await visit.page.wait_for_selector("td.name", state="visible")
                await visit.page.set_viewport_size({"width": 1024, "height": 768})
                await eventually(lambda: nothing_is_cut(visit))
                await visit.page.wait_for_selector("td.name", state="hidden")
                assert await visit.page.is_visible("td.ask")
                await visit.page.set_viewport_size({"width": 1320, "height": 900})
                await visit.page.wait_for_selector("td.name", state="visible")


async def test_names_can_be_read_where_list_and_chart_are_side_by_side() -> None:
    async with watching(viewport={"width": 1440, "height": 900}) as visit:
        shown = {symbol: row[1] for symbol, row in (await visit.cells()).items()}
        assert len(shown) == 12
        cut = await visit.page.evaluate(CUT_NAMES)
        # The longest of them is that of AMD.
        assert cut in ([], [shown["AMD"]])


async def publish(feeder: Feeder, symbol: str, price: str, bid_size: str, volume: str) -> None:
    quote: dict[str, Any] = {"bid": price, "ask": price, "bid_size": bid_size, "ask_size": bid_size}
    tick = Tick(symbol, time.time_ns() // 1000, price, "1", **quote, volume=volume)
    await feeder.publish([(symbol.encode(), encode_tick(tick, 1))])


async def shows(visit: Visit, price: str) -> bool:
    return price in await visit.page.locator("#rows .last").all_inner_texts()


async def fits(visit: Visit) -> bool:
    return bool(await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


async def nothing_is_cut(visit: Visit) -> bool:
    cut: list[str] = await visit.page.evaluate(CUT)
    assert cut == []
    return True
