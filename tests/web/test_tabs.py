"""Tabs that share a stream, in Chromium against real gateways: one connection, and nothing is lost."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tests.web.sharing import all_open, check_ten_tabs, has_begun, leader_of, lost_nothing, moved_on
from tests.web.tabs import browser_context, open_tab

pytestmark = pytest.mark.browser

MARKET = {"symbols": 8, "rate": 200, "seed": 5}
GATEWAY = {"heartbeat": 1000}

HANG = "setTimeout(() => { const end = Date.now() + 12_000; while (Date.now() < end); })"


async def connections(stack: Stack) -> int:
    """Streams on all gateways."""
    count = 0
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        for gateway in stack.gateways.values():
            text = (await client.get(f"{gateway.url}/metrics")).text
            [line] = [each for each in text.splitlines() if each.startswith("tickcast_gateway_clients ")]
            count += int(float(line.split()[1]))
    return count


async def snapshot(stack: Stack) -> dict[str, Any]:
    """The newest tick of each symbol, once there are all."""
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False, timeout=60) as client:

        async def whole() -> dict[str, Any] | None:
            ticks = (await client.get("/v1/snapshot")).json()["ticks"]
            return {tick["S"]: tick for tick in ticks} if len(ticks) == MARKET["symbols"] else None

        found: dict[str, Any] = await eventually(whole)
        return found


async def one_connection(stack: Stack) -> bool:
    return await connections(stack) == 1


async def test_ten_tabs_share_one_connection_and_a_closed_leader_loses_nothing() -> None:
    async with running_stack(2, gateway=GATEWAY, **MARKET) as stack:
        known = sorted((await snapshot(stack)).keys())
        await check_ten_tabs(stack.url, known, lambda: connections(stack))


async def test_a_leader_that_hangs_is_robbed_and_follows_when_it_is_back() -> None:
    async with running_stack(1, gateway=GATEWAY, **MARKET) as stack, browser_context() as context:
        # A symbol that first ticks later would be missing from the first snapshot.
        await snapshot(stack)
        tabs = [await open_tab(context, stack.url, symbols=["*"]) for _ in range(3)]
        await eventually(lambda: all_open(tabs))
        for tab in tabs:
            await eventually(lambda tab=tab: has_begun(tab))  # type: ignore[misc]
        hung = await leader_of(tabs)
        others = [tab for tab in tabs if tab is not hung]
        before = {tab: await tab.sequences() for tab in others}
        await hung.call(HANG)

        async def one_leads() -> bool:
            return "leader" in [await tab.role() for tab in others]

        await eventually(one_leads)
        for tab in others:
            await eventually(lambda tab=tab: moved_on(tab, before[tab]))  # type: ignore[misc]
            # It did not continue as if nothing had happened.
            assert "connecting" in await tab.links()
        await asyncio.gather(*map(lost_nothing, others))

        async def follows() -> bool:
            return await hung.role() == "follower" and await hung.is_open()

        await eventually(follows)
        seen = await hung.sequences()
        await eventually(lambda: moved_on(hung, seen))
        await eventually(lambda: one_connection(stack))
