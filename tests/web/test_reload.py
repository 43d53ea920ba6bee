"""A page of which a part failed to load reloads itself."""

import pytest
from playwright.async_api import Route

from tests.support.stack import running_stack
from tests.web.browser import chromium

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}

HEAR_WAITS = """
window.waits = [];
const wait = window.setTimeout;
window.setTimeout = (act, ms) => (ms >= 1000 && waits.push(ms), wait(act, ms));
"""

TRIED = "sessionStorage.getItem('tickcast.reloads')"
WORDS = "A part of this page did not load; trying again"
TOLD = f"document.querySelector('#status-text')?.textContent === '{WORDS}'"


async def test_a_page_of_which_a_part_did_not_come_is_loaded_again() -> None:
    async with running_stack(1, **MARKET) as stack, chromium() as browser:
        page = await browser.new_page()
        dropped: list[str] = []

        async def drop_once(route: Route) -> None:
            # As when the network changes meanwhile.
            if len(dropped) < 2:
                dropped.append(route.request.url)
                await route.abort("failed")
            else:
                await route.continue_()

        await page.route("**/page/table.js", drop_once)
        await page.goto(stack.url)
        # Waits over the page's own navigation.
        await page.locator("#rows tr").nth(11).wait_for()
        assert dropped


async def test_a_page_of_which_a_part_never_comes_says_so_and_asks_more_and_more_seldom() -> None:
    async with running_stack(1, **MARKET) as stack, chromium() as browser:
        page = await browser.new_page()
        await page.add_init_script(HEAR_WAITS)
        await page.route("**/page/grid_tracks.js", lambda route: route.abort("failed"))
        await page.goto(stack.url)
        for count in (2, 3):
            # Waits over the page's own navigation.
            handle = await page.wait_for_function(
                f"() => {TRIED} === '{count}' && {TOLD} && waits", timeout=60_000
            )
            assert [2 ** (count - 1) <= ms / 1000 < 2**count for ms in await handle.json_value()] == [True]
        await page.unroute("**/page/grid_tracks.js")
        await page.locator("#rows tr").nth(11).wait_for(timeout=60_000)
        await page.wait_for_function(f"{TRIED} === null")
