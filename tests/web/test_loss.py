"""After a loss: old prices are marked everywhere, and what is missing is read again."""

import json
import re
import signal
import time
from typing import Any

import pytest
from playwright.async_api import Route

from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.truth import CHART, shows_ticks
from tickcast.wire.names import MAIN as names

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}

# Lets a test send events on the page's stream in place of the gateway.
KEEP_SOURCE = """
window.EventSource = class extends EventSource {
  constructor(...options) {
    super(...options);
    window.source = this;
  }
};
window.say = (name, data) => source.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
"""


async def says(visit: Visit, name: str, data: Any) -> None:
    await visit.page.evaluate("([name, data]) => say(name, data)", [name, data])


async def test_a_quiet_symbol_is_not_called_old_once_all_that_has_moved_is_there_again() -> None:
    with valkey() as redis_url:
        async with (
            Feeder(redis_url) as feeder,
            running_gateway(redis_url) as gateway,
            visiting("about:blank") as visit,
        ):
            async with feeder.beating():
                await feeder.tick("LOUD", "QUIET")
                await visit.page.goto(f"{gateway.url}/?chart=QUIET")
                await eventually(lambda: has_prices(visit, 2))
                await eventually(lambda: is_charted(visit, "QUIET"))
            last = await feeder.redis.hvals(names.last(0))
            await feeder.redis.flushall()
            await feeder.claim(renew=True, last=last)
            async with feeder.beating():
                await feeder.tick("LOUD")
                await eventually(lambda: has_missed_and_is_whole(visit))


async def has_missed_and_is_whole(visit: Visit) -> bool:
    gaps, marks = await visit.page.evaluate(
        "[document.querySelector('#gaps').textContent, document.querySelectorAll('[data-old]').length]"
    )
    return bool(gaps == "1 (feed)" and marks == 0)


async def test_the_large_price_is_marked_as_old_like_its_row_until_it_comes_again() -> None:
    # A heartbeat would show that the snapshot is complete.
    quiet = {"heartbeat": 60_000}
    async with running_stack(1, gateway=quiet, **MARKET) as stack, visiting("about:blank") as visit:
        await visit.page.add_init_script(KEEP_SOURCE)
        await visit.page.goto(f"{stack.url}/?symbols=AAPL,MSFT&chart=MSFT")
        await eventually(lambda: has_prices(visit, 2))
        await eventually(lambda: is_charted(visit, "MSFT"))
        # A gateway may learn names a moment later, and the page asks again only when prices come.
        await eventually(lambda: has_names(visit))
        stack.publisher.signal(signal.SIGSTOP)
        # Nothing more is on its way that could arrive after the test's events.
        async with redis_client(stack.redis_url) as redis:
            ticks = [json.loads(tick) for tick in await redis.hmget(names.last(0), ["AAPL", "MSFT"])]
        await eventually(lambda: shows_ticks(visit, stack.url, ticks))
        await says(visit, "gap", {"reason": "feed", "from": "", "to": ""})
        await says(visit, "snapshot", [ticks[0]])
        await eventually(lambda: is_old(visit, "MSFT"))
        colour = "getComputedStyle(document.querySelector('[data-place=last]')).color"
        dimmed = await visit.page.evaluate(colour)

        await visit.page.click("tr[data-symbol=AAPL] .last")
        await eventually(lambda: is_charted(visit, "AAPL"))
        await eventually(lambda: visit.page.evaluate(f"{colour} !== '{dimmed}'"))
        assert not await visit.page.locator("#detail[data-old]").count()
        await visit.page.click("tr[data-symbol=MSFT] .last")
        await eventually(lambda: is_old(visit, "MSFT"))
        await says(visit, "snapshot", [ticks[1]])
        await eventually(lambda: is_fresh(visit))


async def has_prices(visit: Visit, count: int) -> bool:
    return sum(text != "–" for text in await visit.page.locator("#rows .last").all_inner_texts()) == count


async def has_names(visit: Visit) -> bool:
    return "–" not in await visit.page.locator("#rows .name").all_inner_texts()


async def is_charted(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("#detail h2") == symbol


async def is_old(visit: Visit, symbol: str) -> bool:
    # In one evaluation: the page may draw between two.
    marked: list[str] = await visit.page.evaluate(
        "[...document.querySelectorAll('[data-old]')].map((each) => each.dataset.symbol ?? each.id)"
    )
    return sorted(marked) == sorted([symbol, "detail"])


async def is_fresh(visit: Visit) -> bool:
    return await visit.page.locator("[data-old]").count() == 0


async def test_a_history_that_could_not_be_read_is_read_again() -> None:
    minute = (int(time.time()) // 60 + 60) * 60_000_000
    # Of more ticks than the live bars: one of fewer would give way to them, as after a clock was set back.
    later = {"S": "AAPL", "i": "1m", "t": minute, "o": 9, "h": 9, "l": 9, "c": 9, "v": 3, "n": 1, "q": 2**50}
    failed = 0

    async def answer(route: Route) -> None:
        nonlocal failed
        if failed < 3:
            failed += 1
            await route.fulfill(status=503, json={"status": 503})
        else:
            await route.fulfill(json={"S": "AAPL", "i": "1m", "bars": [later]})

    async with running_stack(1, **MARKET) as stack, visiting("about:blank") as visit:
        await visit.page.add_init_script("localStorage.setItem('tickcast.bars', '1m')")
        # The history of the chart alone: the page reads bars of other lengths, and of the day, too.
        await visit.page.route(re.compile(r"/v1/bars/AAPL\?interval=1m&limit=500"), answer)
        await visit.page.goto(f"{stack.url}/?symbols=AAPL")
        await eventually(lambda: draws_the_later(visit))
        assert failed == 3


async def draws_the_later(visit: Visit) -> bool:
    label = await visit.page.get_attribute(CHART, "aria-label") or ""
    return label.endswith("open 9, high 9, low 9, close 9, volume 3")


async def test_reference_prices_are_read_again_after_another_publisher_has_begun() -> None:
    reference = 1.0

    async def answer(route: Route) -> None:
        listed = await (await route.fetch()).json()
        await route.fulfill(json=[each | {"ref": reference} for each in listed])

    async with running_stack(1, **MARKET) as stack, visiting("about:blank") as visit:
        await visit.page.add_init_script(KEEP_SOURCE)
        await visit.page.route("**/v1/symbols", answer)
        await visit.page.goto(f"{stack.url}/?symbols=AAPL")
        await eventually(lambda: rises(visit, "+"))
        reference = 1_000_000.0
        await says(visit, "gap", {"reason": "feed", "from": "", "to": ""})
        await eventually(lambda: rises(visit, "−"))


async def rises(visit: Visit, sign: str) -> bool:
    return [text[:1] for text in await visit.page.locator("#rows .change").all_inner_texts()] == [sign]
