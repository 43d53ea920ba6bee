"""The reader, or Redis, was away: what the page says is true meanwhile, and when they are back.

Elsewhere: a killed gateway and a stopped publisher (test_page.py), another source of prices (test_labels.py).
"""

import pytest

from tests.support.eventually import eventually
from tests.support.programs import running_gateway, running_publisher
from tests.support.servers import PrivateValkey
from tests.web.browser import Visit, visiting
from tests.web.fed import fed
from tests.web.raw_page import RawPage, open_raw_page
from tests.web.watchlist import all_moved_on, has_price, is_live, reads, shows, turned_to
from tickcast.wire.instrument import Instrument

pytestmark = pytest.mark.browser

KNOWN = [Instrument(symbol, f"{symbol} Inc", "0.01", "100", "USD") for symbol in ("AAA", "BBB")]

# As a browser does with a tab in the background: the page is hidden, and has no frames. It begins in sight.
# Playwright keeps every page visible.
BACKGROUND = """
window.hidden = false;
const frame = window.requestAnimationFrame.bind(window);
const waiting = [];
window.requestAnimationFrame = (paint) => (hidden ? waiting.push(paint) : frame(paint));
Object.defineProperty(document, "hidden", { get: () => hidden });
Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
window.turn = (away) => {
  hidden = away;
  document.dispatchEvent(new Event("visibilitychange"));
  for (const paint of hidden ? [] : waiting.splice(0)) frame(paint);
};
"""

ROW, LARGE = "tr[data-symbol=AAA] .last", "[data-place=last]"

# What the page has said once it has heard that it runs again.
AFTER_SLEEP = """document.addEventListener("resume", () => setTimeout(() => {
  window.woken = [document.querySelector("#status-text").textContent, document.title];
}))"""


async def begin(visit: Visit, url: str) -> None:
    await visit.page.goto(f"{url}/?chart=AAA")
    await eventually(lambda: turned_to(visit, "AAA"))
    await eventually(lambda: has_price(visit, "AAA"))
    await eventually(lambda: is_live(visit))


async def test_a_tab_in_the_background_has_the_newest_price_in_its_title_and_when_it_is_back() -> None:
    async with fed(*KNOWN) as page:
        visit = page.visit
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 1, "101.00")
        await visit.page.add_init_script(BACKGROUND)
        await begin(visit, page.url)
        await visit.page.evaluate("turn(true)")
        for q in range(2, 8):
            await page.tick("AAA", q, f"10{q}.00")
            await eventually(lambda q=q: titled(visit, f"10{q}.00 AAA"))  # type: ignore[misc]
        # What was not drawn meanwhile is drawn before the first frame.
        prices = f"['{ROW}', '{LARGE}'].map((each) => document.querySelector(each).textContent)"
        assert await visit.page.evaluate(f"(turn(false), {prices})") == ["107.00", "107.00"]
        await eventually(lambda: is_live(visit))
        # A frozen display says so in the background too.
        await visit.page.click("#pause")
        await visit.page.evaluate("turn(true)")
        await page.tick("AAA", 8, "108.00")
        await page.tick("BBB", 2, "108.00")
        await eventually(lambda: visit.page.evaluate("document.title.startsWith('Paused · 107.00 AAA')"))
        await visit.page.evaluate("turn(false)")
        assert await reads(visit, ROW, "107.00")
        assert await visit.violations() == []


async def titled(visit: Visit, begins: str) -> bool:
    return (await visit.page.title()).startswith(begins)


async def test_a_laptop_that_wakes_says_live_only_with_the_prices_of_now() -> None:
    async with fed(*KNOWN) as page:
        await page.tick("AAA", 1, "101.00")
        browser = page.visit.page.context.browser
        assert browser is not None
        raw = await open_raw_page(browser, f"{page.url}/?chart=AAA")
        await eventually(lambda: raw_titled(raw, "101.00 AAA"))
        await raw.evaluate(AFTER_SLEEP)
        await raw.freeze()
        await page.tick("AAA", 2, "102.00")
        await raw.thaw()
        await eventually(lambda: raw_titled(raw, "102.00 AAA"))
        status, title = await raw.evaluate("woken")
        assert status != "Live"
        assert title.startswith("Reconnecting · 101.00 AAA")
        assert await raw.evaluate("document.querySelector('#status-text').textContent") == "Live"


async def raw_titled(raw: RawPage, begins: str) -> bool:
    return str(await raw.evaluate("document.title")).startswith(begins)


async def test_while_redis_is_stopped_no_price_is_called_live() -> None:
    with PrivateValkey() as valkey:
        async with (
            running_publisher(valkey.url, symbols=3, rate=50, seed=5),
            running_gateway(valkey.url) as gateway,
            visiting(gateway.url) as visit,
        ):
            await eventually(lambda: shows(visit, 3))
            for stop, start in ((valkey.pause, valkey.resume), (valkey.kill, valkey.restart)):
                await eventually(lambda: is_live(visit))
                stop()
                await eventually(lambda: is_stale(visit))
                before = await visit.cells()
                await visit.hear_status()
                start()
                await eventually(lambda: is_live(visit))
                await eventually(lambda before=before: all_moved_on(visit, before))  # type: ignore[misc]
                # It went straight from one to the other.
                assert not await visit.has_said("Connecting.*")


async def is_stale(visit: Visit) -> bool:
    tone, status, title, icon = await visit.page.evaluate(
        "[document.body.dataset.tone, document.querySelector('#status-text').textContent, document.title,"
        " document.querySelector('link[rel=icon]').getAttribute('href')]"
    )
    return bool(
        tone == "stale"
        and status.startswith("Stale: ")
        and title.startswith("Stale · ")
        and icon == "icon_stale.svg"
    )
