"""Streams whose subscription changes while they run, in Chromium against real gateways."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from playwright.async_api import BrowserContext, Page, Route

from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tests.web.tabs import Tab, browser_context, open_tab

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 300, "seed": 5}


@asynccontextmanager
async def running(**gateway: Any) -> AsyncIterator[tuple[Stack, BrowserContext, list[str]]]:
    """Run two gateways behind one port, so that a change may land on either, and Chromium."""
    async with (
        running_stack(2, gateway=gateway, **MARKET) as stack,
        browser_context() as context,
    ):
        yield stack, context, await symbols_of(stack)


async def symbols_of(stack: Stack) -> list[str]:
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=60) as client:

        async def all_known() -> list[str]:
            names = sorted(known["S"] for known in (await client.get("/v1/symbols")).json())
            return names if len(names) == MARKET["symbols"] else []

        known: list[str] = await eventually(all_known)
        return known


async def shows(tab: Tab[Page], symbols: list[str]) -> None:
    """Check that exactly these symbols appear, and that all of them move."""

    async def shown() -> bool:
        return sorted(await tab.prices()) == symbols

    await eventually(shown)
    before = await tab.sequences()

    async def moved() -> bool:
        now = await tab.sequences()
        return all(now[symbol] > q for symbol, q in before.items())

    await eventually(moved)


async def test_symbols_come_and_go_without_a_new_connection_and_without_a_hole() -> None:
    async with running() as (stack, context, known):
        tab = await open_tab(context, stack.url, symbols=known[:2])
        await shows(tab, known[:2])
        stream = (await tab.state())["stream"]
        # Several changes, so that both gateways get some.
        for count in range(3, 8):
            await tab.call(f"stream.add('{known[count - 1]}')")
            await shows(tab, known[:count])
        await tab.call(f"stream.drop('{known[0]}', '{known[1]}')")
        await shows(tab, known[2:7])
        state = await tab.state()
        assert (state["stream"], state["reconnects"], state["gaps"]) == (stream, 0, 0)


async def test_an_empty_watchlist_is_empty_and_can_be_filled_again() -> None:
    async with running() as (stack, context, known):
        tab = await open_tab(context, stack.url, symbols=known[:1])
        await shows(tab, known[:1])
        await tab.call(f"stream.drop('{known[0]}')")
        await shows(tab, [])
        await tab.call(f"stream.add('{known[3]}')")
        await shows(tab, known[3:4])
        assert (await tab.state())["reconnects"] == 0


async def test_each_tab_gets_its_own_symbols_of_the_one_stream() -> None:
    async with running() as (stack, context, known):
        tabs = [await open_tab(context, stack.url, symbols=known[n : n + 2]) for n in range(3)]
        for number, tab in enumerate(tabs):
            await shows(tab, known[number : number + 2])
        await tabs[2].call(f"stream.add('{known[0]}', '{known[8]}')")
        await shows(tabs[2], sorted([known[0], *known[2:4], known[8]]))
        await shows(tabs[0], known[:2])
        assert len({(await tab.state())["stream"] for tab in tabs}) == 1


async def test_more_than_the_gateway_allows_is_told_and_costs_nothing() -> None:
    async with running(max_symbols=3) as (stack, context, known):
        tab = await open_tab(context, stack.url, symbols=known[:3])
        await shows(tab, known[:3])
        await tab.call(f"stream.add('{known[3]}')")

        async def told() -> bool:
            return (await tab.state())["status"] in (400, 413)

        await eventually(told)
        state = await tab.state()
        assert state["link"] == "open"
        assert "3" in state["detail"]
        await shows(tab, known[:3])


async def _not_allowed(route: Route) -> None:
    if route.request.method == "QUERY":
        await route.fulfill(status=405, content_type="text/html", body="<h1>405 Not Allowed</h1>")
    else:
        await route.fallback()


@pytest.mark.parametrize("takes_query", [True, False])
async def test_thousands_of_symbols_are_asked_for_though_no_address_holds_them(takes_query: bool) -> None:
    many = [f"NOBODY-{number:05}" for number in range(2_000)]
    async with running(max_symbols=5_000) as (stack, context, known):
        if not takes_query:
            await context.route("**/v1/stream", _not_allowed)
        methods: list[str] = []
        context.on("request", lambda request: methods.append(request.method))
        tab = await open_tab(context, stack.url, symbols=[*many, *known])
        await shows(tab, known)
        # Without QUERY the first part is in the address, the rest is added.
        assert (methods.count("QUERY"), "PATCH" in methods) == (1, not takes_query)
        assert (await tab.state())["reconnects"] == 0


async def test_other_bars_come_without_a_new_connection() -> None:
    async with running() as (stack, context, known):
        tab = await open_tab(context, stack.url, symbols=known[:2])
        await shows(tab, known[:2])
        await tab.call(f"stream.watchBars(['1m'], ['{known[5]}'])")

        async def charted() -> bool:
            return {(bar["S"], bar["i"]) for bar in await tab.call("bars")} == {(known[5], "1m")}

        await eventually(charted)
        await shows(tab, known[:2])
        await tab.call(f"bars.length = 0; stream.watchBars(['1s'], ['{known[6]}'])")

        async def charted_anew() -> bool:
            return (known[6], "1s") in {(bar["S"], bar["i"]) for bar in await tab.call("bars")}

        await eventually(charted_anew)
        assert (await tab.state())["reconnects"] == 0


async def test_two_tabs_that_together_want_too_many_symbols_both_have_all_of_their_own() -> None:
    async with running(max_symbols=6) as (stack, context, known):
        tabs = [await open_tab(context, stack.url, symbols=part) for part in (known[:5], known[5:10])]
        await shows(tabs[0], known[:5])
        await shows(tabs[1], known[5:10])

        async def nothing_is_refused() -> bool:
            return [(await tab.state())["status"] for tab in tabs] == [0, 0]

        await eventually(nothing_is_refused)
        assert [await tab.role() for tab in tabs] == ["leader", "alone"]
