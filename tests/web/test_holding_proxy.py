"""Behind what holds back a part of a stream: padding gets it through, or it is noticed and polled around."""

import pytest

from tests.support.eventually import eventually
from tests.web.holding_proxy import holding_proxy
from tests.web.tabs import open_tab
from tests.web.test_changing import running

pytestmark = pytest.mark.browser


async def test_what_holds_back_the_first_bytes_lets_a_padded_stream_through() -> None:
    async with running() as (stack, context, known), holding_proxy(stack.url, least=8192) as (proxy, url):
        # Long intervals: what the stream brings by itself does not fill the proxy's buffer soon.
        tab = await open_tab(context, url, symbols=known[:1], interval=10_000)
        await eventually(tab.is_open, timeout=90)
        assert "padding" not in proxy.opened[0]
        assert "padding=16384" in proxy.opened[-1]

        async def is_whole() -> bool:
            state = await tab.state()
            return (state["link"], state["heldBack"], state["feed"]) == ("open", False, "live")

        await eventually(is_whole)


async def test_what_passes_on_the_beginning_alone_is_noticed_and_polled_around() -> None:
    async with running() as (stack, context, known), holding_proxy(stack.url, most=1) as (proxy, url):
        stream = f"{url}/v1/stream?heartbeat=1000"
        tab = await open_tab(context, url, url=stream, symbols=known[:2], interval=1000)

        async def held_back() -> bool:
            return bool((await tab.state())["heldBack"])

        await eventually(held_back, timeout=90)
        before = await tab.sequences()

        async def newer() -> bool:
            now = await tab.sequences()
            return sorted(now) == sorted(known[:2]) and all(now[each] > before.get(each, 0) for each in now)

        await eventually(newer, timeout=90)
        assert len(proxy.opened) > 1
