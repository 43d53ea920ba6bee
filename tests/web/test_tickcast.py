"""tickcast.js in Chromium, against gateways and stand-ins: whatever happens, its state says so."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Route

from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tests.web.browser import chromium
from tests.web.raw_page import RawPage
from tests.web.tabs import Tab, browser_context, open_raw_tab, open_tab

pytestmark = pytest.mark.browser

MARKET = {"symbols": 8, "rate": 200, "seed": 5}
HEARTBEAT = 1500
"""ms; a connection that is silent for two and a half of them is given up, also on a busy machine."""

Answer = Callable[[Route], Coroutine[Any, Any, None]]


@asynccontextmanager
async def running(gateways: int = 1) -> AsyncIterator[tuple[Stack, BrowserContext]]:
    async with (
        running_stack(gateways, gateway={"heartbeat": HEARTBEAT}, **MARKET) as stack,
        browser_context() as context,
    ):
        yield stack, context


def problem(status: int, detail: str, **headers: str) -> Answer:
    body = json.dumps({"title": "T", "status": status, "detail": detail})

    async def answer(route: Route) -> None:
        await route.fulfill(
            status=status, content_type="application/problem+json", headers=dict(headers), body=body
        )

    return answer


async def link_is(tab: Tab[Any], link: str) -> bool:
    return bool((await tab.state())["link"] == link)


async def has_been(tab: Tab[Any], link: str) -> bool:
    """Tell whether its link was ever in this state; it may have changed since."""
    return link in await tab.links()


async def is_told(tab: Tab[Any], **facts: Any) -> bool:
    """Tell whether its state has all of these values at one moment."""
    return facts.items() <= (await tab.state()).items()


async def moves_on(tab: Tab[Any]) -> None:
    before = await eventually(tab.sequences)

    async def moved() -> bool:
        now = await tab.sequences()
        return all(now[symbol] > q for symbol, q in before.items())

    await eventually(moved)


@pytest.mark.parametrize("share", [True, False])
async def test_a_503_is_told_and_waited_for(share: bool) -> None:
    async with running() as (stack, context):
        await context.route("**/v1/stream?*", problem(503, "every gateway is full", **{"Retry-After": "1"}))
        tab = await open_tab(context, stack.url, share=share)
        # It tries again every few seconds, and is connecting then.
        full = {"link": "waiting", "status": 503, "detail": "every gateway is full"}
        await eventually(lambda: is_told(tab, **full))
        await eventually(lambda: tab.call("stream.state.link === 'waiting' && stream.state.retryAt > 0"))

        await context.unroute("**/v1/stream?*")
        await eventually(tab.is_open)
        assert (await tab.state())["status"] == 0
        await moves_on(tab)


async def test_a_401_is_told_and_ends_when_the_page_hurries_after_a_log_in() -> None:
    async with running() as (stack, context):
        await context.route("**/v1/stream?*", problem(401, "log in first"))
        tab = await open_tab(context, stack.url)
        other = await open_tab(context, stack.url)
        for each in (tab, other):
            refused = {"link": "refused", "status": 401, "detail": "log in first"}
            await eventually(lambda each=each, refused=refused: is_told(each, **refused))  # type: ignore[misc]

        await context.unroute("**/v1/stream?*")
        follower = other if await other.role() == "follower" else tab
        await follower.call("stream.hurry()")
        for each in (tab, other):
            await eventually(each.is_open)
            await moves_on(each)


async def test_what_the_gateway_itself_refuses_is_told_in_its_words() -> None:
    async with running() as (stack, context):
        tab = await open_tab(context, stack.url, url="/v1/stream?colour=red")
        await eventually(lambda: link_is(tab, "refused"))
        state = await tab.state()
        assert state["status"] == 400
        assert "unknown parameter 'colour'" in state["detail"]


async def test_a_killed_gateway_is_told_and_nothing_is_lost_on_the_next() -> None:
    async with running(2) as (stack, context):
        tab = await open_tab(context, stack.url)
        await eventually(tab.is_open)
        await moves_on(tab)
        lost = (await tab.state())["gateway"]
        stack.gateways[lost].signal(signal.SIGKILL)
        await eventually(lambda: has_been(tab, "waiting"))

        await eventually(tab.is_open)
        await moves_on(tab)
        state = await tab.state()
        assert state["gateway"] in set(stack.gateways) - {lost}
        assert (state["reconnects"], state["gaps"]) == (1, 0)


async def test_a_gateway_that_hangs_is_noticed_by_its_missing_heartbeats() -> None:
    async with running() as (stack, context):
        tab = await open_tab(context, stack.url)
        await eventually(tab.is_open)
        await moves_on(tab)
        gateway = stack.gateways["gw-1"]
        gateway.signal(signal.SIGSTOP)
        await eventually(lambda: has_been(tab, "waiting"))

        gateway.signal(signal.SIGCONT)
        await eventually(tab.is_open)
        await moves_on(tab)
        assert (await tab.state())["gaps"] == 0


@asynccontextmanager
async def running_raw() -> AsyncIterator[tuple[Stack, Browser]]:
    async with (
        running_stack(1, gateway={"heartbeat": HEARTBEAT}, **MARKET) as stack,
        chromium() as browser,
    ):
        yield stack, browser


async def freeze(tab: Tab[RawPage]) -> None:
    """Freeze a tab for longer than a connection may be silent, and record its states when it runs again."""
    await tab.call("document.addEventListener('resume', () => window.thawed = stream.state.link)")
    await tab.page.freeze()
    await asyncio.sleep(4 * HEARTBEAT / 1000)


@pytest.mark.parametrize("share", [True, False])
async def test_a_frozen_page_is_not_live_when_it_wakes_until_it_is(share: bool) -> None:
    async with running_raw() as (stack, browser):
        tab = await open_raw_tab(browser, stack.url, share=share)
        await eventually(tab.is_open)
        await moves_on(tab)
        await freeze(tab)
        await tab.page.thaw()

        await eventually(tab.is_open)
        assert await tab.call("thawed") == "connecting"
        await moves_on(tab)
        # It was away for less time than a gateway remembers.
        state = await tab.state()
        assert (state["reconnects"], state["gaps"]) == (1, 0)


async def test_a_frozen_leader_leaves_the_stream_to_the_next_tab() -> None:
    async with running_raw() as (stack, browser):
        tabs = [await open_raw_tab(browser, stack.url) for _ in range(2)]
        for tab in tabs:
            await eventually(tab.is_open)
            await moves_on(tab)
        [frozen] = [tab for tab in tabs if await tab.role() == "leader"]
        [other] = [tab for tab in tabs if tab is not frozen]
        await freeze(frozen)
        await moves_on(other)
        await eventually(lambda: is_told(other, role="leader", gaps=0))

        await frozen.page.thaw()
        await eventually(frozen.is_open)
        await eventually(lambda: is_told(frozen, role="follower"))
        await moves_on(frozen)


async def test_a_stale_feed_is_told_with_its_reason() -> None:
    async with running() as (stack, context):
        tab = await open_tab(context, stack.url)
        await eventually(tab.is_open)
        await moves_on(tab)
        stack.publisher.signal(signal.SIGSTOP)

        async def feed() -> str:
            state = await tab.state()
            return f"{state['feed']}: {state['reason']}"

        async def is_stale() -> bool:
            return await feed() == "stale: no heartbeat from the publisher"

        await eventually(is_stale)
        stack.publisher.signal(signal.SIGCONT)

        async def is_live() -> bool:
            return await feed() == "live: "

        await eventually(is_live)
        await moves_on(tab)


async def test_bars_come_in_order_and_add_up() -> None:
    async with running() as (stack, context):
        tab = await open_tab(context, stack.url, symbols=["AAPL"], bars=["1s"])

        async def enough() -> bool:
            return len({bar["t"] for bar in await tab.call("bars")}) >= 4

        await eventually(enough)
        last: dict[int, dict[str, Any]] = {bar["t"]: bar for bar in await tab.call("bars")}
        bars = list(last.values())
        assert [bar["t"] for bar in bars] == sorted(last)
        for before, bar in pairwise(bars):
            assert bar["q"] - bar["n"] == before["q"]
