"""Redis loses everything and its publisher dies too: the page shows the new feed, whose q begin at 1."""

from typing import Any

import pytest

from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tests.web.fed import SECOND
from tests.web.tabs import Tab, browser_context, open_tab
from tests.web.truth import CHART
from tickcast.wire.bar import Bar
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

OLD_Q = 413


async def publish(feeder: Feeder, symbol: str, q: int, price: str) -> None:
    """Publish a tick, and the bar of its second; all ticks are of one second."""
    tick = encode_tick(Tick(symbol, SECOND, price), q)
    bar = Bar(symbol, "1s", SECOND, price, price, price, price, None, q, q)
    await feeder.publish([(symbol.encode(), tick)], bars=[bar])


async def empty(redis_url: str) -> None:
    """Take everything from Redis. A feeder that begins after this knows nothing of the one before."""
    async with redis_client(redis_url) as redis:
        await redis.flushall()


async def shows(visit: Visit, **prices: str) -> bool:
    cells = await visit.page.evaluate(
        """Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) =>
             [row.dataset.symbol, row.querySelector(".last").textContent]))"""
    )
    assert cells == prices
    return True


async def draws(visit: Visit, price: str) -> bool:
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    assert f"close {price}" in label, label
    return True


async def shows_nothing_old(visit: Visit) -> bool:
    return await visit.page.locator("[data-old]").count() == 0


async def test_the_page_shows_the_new_price_and_no_price_that_is_gone() -> None:
    with valkey() as redis_url:
        async with running_gateway(redis_url) as gateway, visiting("about:blank") as visit:
            async with Feeder(redis_url) as first, first.beating():
                await publish(first, "STAYS", OLD_Q, "413.25")
                await publish(first, "GONE", OLD_Q, "99.75")
                await visit.page.goto(f"{gateway.url}/?chart=STAYS")
                await eventually(lambda: shows(visit, STAYS="413.25", GONE="99.75"))
                await eventually(lambda: draws(visit, "413.25"))
            await empty(redis_url)
            async with Feeder(redis_url) as second, second.beating():
                await publish(second, "STAYS", 1, "7.25")
                await eventually(lambda: shows(visit, STAYS="7.25", GONE="–"))
                await eventually(lambda: draws(visit, "7.25"))
                await publish(second, "STAYS", 2, "7.75")
                await eventually(lambda: shows(visit, STAYS="7.75", GONE="–"))
                await eventually(lambda: shows_nothing_old(visit))


async def test_every_tab_of_a_shared_stream_holds_the_ticks_of_the_new_feed_alone() -> None:
    with valkey() as redis_url:
        async with running_gateway(redis_url) as gateway, browser_context() as context:
            async with Feeder(redis_url) as first, first.beating():
                await publish(first, "STAYS", OLD_Q, "413.25")
                await publish(first, "GONE", OLD_Q, "99.75")
                tabs = [await open_tab(context, gateway.url) for _ in range(2)]
                for tab in tabs:
                    await eventually(lambda tab=tab: holds(tab, STAYS=OLD_Q, GONE=OLD_Q))  # type: ignore[misc]
            await empty(redis_url)
            async with Feeder(redis_url) as second, second.beating():
                await publish(second, "STAYS", 1, "7.25")
                for tab in tabs:
                    await eventually(lambda tab=tab: holds(tab, STAYS=1))  # type: ignore[misc]
                epochs = {(await tab.state())["epoch"] for tab in tabs}
                assert len(epochs) == 1
                assert {(await tab.state())["gapReason"] for tab in tabs} == {"feed"}


async def holds(tab: Tab[Any], **sequences: int) -> bool:
    return await tab.sequences() == sequences
