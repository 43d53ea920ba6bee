"""The page in Chromium, through nginx: true to the gateways, and honest while nobody answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.cluster.cluster import Cluster
from tests.support.eventually import eventually
from tests.web.browser import Visit, chromium, visiting
from tests.web.raw_page import RawPage, open_raw_page
from tests.web.sharing import check_ten_tabs
from tests.web.truth import CHART, shows_newest, shows_the_snapshot

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(300)]

OUTAGE = 30.0
"""Seconds without nginx."""

SLEEP = 60.0
"""Seconds for which a laptop sleeps."""


@asynccontextmanager
async def standing_still(cluster: Cluster) -> AsyncIterator[None]:
    """Let no publisher write meanwhile."""
    publishers = await cluster.containers("publisher")
    await cluster.docker("pause", *publishers)
    yield
    await cluster.docker("unpause", *publishers)


async def says(visit: Visit, words: str) -> bool:
    return await visit.status() == words


async def shows_rows(visit: Visit) -> bool:
    return len(await visit.cells()) > 1


async def moves_on(visit: Visit, before: dict[str, list[str]]) -> bool:
    now = await visit.cells()
    return any(row != now.get(symbol) for symbol, row in before.items())


async def test_the_table_is_the_snapshot_and_the_last_candle_the_newest_bar(cluster: Cluster) -> None:
    async with visiting(f"{cluster.url}/?chart=MSFT") as visit:
        await eventually(lambda: shows_rows(visit))
        await eventually(lambda: visit.page.evaluate(f"document.querySelector('{CHART}').ariaLabel !== null"))
        async with standing_still(cluster):
            await eventually(lambda: shows_the_snapshot(visit, cluster.url))
            await eventually(lambda: shows_newest(visit, cluster.url, "MSFT", "1s"))
            await visit.page.check("input[value='1m']", force=True)
            await eventually(lambda: shows_newest(visit, cluster.url, "MSFT", "1m"))
        assert visit.complaints == []
        assert await visit.violations() == []


async def test_ten_tabs_share_one_connection_and_a_closed_leader_loses_nothing(cluster: Cluster) -> None:
    async def connections() -> int:
        gateways = await cluster.containers("gateway")
        counts = [await cluster.metrics(gateway, "front", 9101) for gateway in gateways]
        # One that does not answer just now may have any number.
        return int(sum(each["tickcast_gateway_clients"] for each in counts)) if all(counts) else -1

    await check_ten_tabs(cluster.url, ["AAPL", "AMZN", "MSFT", "NVDA"], connections)


async def test_the_page_says_that_nobody_answers_and_is_live_again_when_nginx_is(cluster: Cluster) -> None:
    async with visiting(cluster.url) as visit:
        await eventually(lambda: shows_rows(visit))
        await eventually(lambda: says(visit, "Live"))
        await cluster.compose("stop", "nginx")
        await eventually(lambda: says(visit, "Reconnecting"))
        before = await visit.cells()
        for _ in range(int(OUTAGE)):
            await asyncio.sleep(1)
            assert await visit.status() == "Reconnecting"
            assert await visit.page.get_attribute("body", "data-tone") == "wait"
        assert await visit.cells() == before

        await cluster.compose("start", "nginx")
        await eventually(lambda: says(visit, "Live"), timeout=60)
        await eventually(lambda: moves_on(visit, before))


async def test_a_laptop_that_slept_shows_no_old_price_as_live_and_comes_back(cluster: Cluster) -> None:
    async with chromium() as browser:
        page = await open_raw_page(browser, cluster.url)
        await eventually(lambda: is_toned(page, "live"))
        # What the page says at the moment it wakes, before anything new can have come.
        await page.evaluate(
            "document.addEventListener('resume', () => window.woken = document.body.dataset.tone)"
        )
        await page.freeze()
        await asyncio.sleep(SLEEP)
        await page.thaw()
        assert await page.evaluate("woken") != "live"
        await eventually(lambda: is_toned(page, "live"), timeout=60)


async def is_toned(page: RawPage, tone: str) -> bool:
    return bool(await page.evaluate("document.body.dataset.tone") == tone)
