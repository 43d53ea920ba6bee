"""What tabs that share a stream must do, whichever gateways or proxies answer them."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page

from tests.support.eventually import eventually
from tests.web.tabs import Tab, browser_context, open_tab


async def has_begun(tab: Tab[Page]) -> bool:
    """Tell whether the tab has ticks of all its symbols."""
    return bool(await tab.call("base !== undefined"))


async def all_open(tabs: list[Tab[Page]]) -> bool:
    return all([await tab.is_open() for tab in tabs])


async def leader_of(tabs: list[Tab[Page]]) -> Tab[Page]:
    [leader] = [tab for tab in tabs if await tab.role() == "leader"]
    return leader


async def moved_on(tab: Tab[Page], before: dict[str, int]) -> bool:
    now = await tab.sequences()
    return all(now[symbol] > q for symbol, q in before.items())


async def lost_nothing(tab: Tab[Page]) -> None:
    """Check that every tick came once: as many as the sequences have counted up since the first frame."""
    counted, received = await tab.call(
        """[[...stream.ticks.values()].reduce((sum, { S, q }) => sum + q - base.ticks.get(S).q, 0),
            stream.state.received - base.received]"""
    )
    assert received == counted > 0
    state = await tab.state()
    assert (state["gaps"], state["gapReason"]) == (0, "")


async def check_ten_tabs(origin: str, known: list[str], connections: Callable[[], Awaitable[int]]) -> None:
    """Let ten tabs follow two symbols each: one connection, and closing its leader twice loses nothing."""

    async def is_one() -> bool:
        return await connections() == 1

    async with browser_context() as context:
        pairs = [[known[n % len(known)], known[(n + 1) % len(known)]] for n in range(10)]
        tabs = [await open_tab(context, origin, symbols=pair) for pair in pairs]
        await eventually(lambda: all_open(tabs))
        for tab in tabs:
            await eventually(lambda tab=tab: has_begun(tab))  # type: ignore[misc]
        await eventually(is_one)
        for _ in range(2):
            leader = await leader_of(tabs)
            before = {tab: await tab.sequences() for tab in tabs}
            await leader.page.close()
            tabs.remove(leader)
            for tab in tabs:
                await eventually(lambda tab=tab, before=before: moved_on(tab, before[tab]))  # type: ignore[misc]
        await eventually(lambda: all_open(tabs))
        await eventually(is_one)
        await asyncio.gather(*map(lost_nothing, tabs))
