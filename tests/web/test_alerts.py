"""Alerts at a price or a change: set, kept, raised once, in the page and as a notification if allowed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import Fed, fed
from tests.web.watchlist import has_price, is_live, reads, remove, turned_to
from tickcast.wire.instrument import Instrument

pytestmark = pytest.mark.browser

# Chromium without a screen shows none: they are recorded as the page makes them.
RECORD = """
window.told = [];
window.Notification = class {
  static permission = "PERMISSION";
  static requestPermission() { told.push("asked"); return Promise.resolve("denied"); }
  constructor(title, { body }) { told.push(`${title}: ${body}`); }
};
"""


@asynccontextmanager
async def charted(permission: str) -> AsyncIterator[Fed]:
    async with fed(Instrument("AAA", "Alpha", "0.01", "100.00", "USD")) as page:
        await page.tick("AAA", 1, "105.00")
        await page.visit.page.add_init_script(RECORD.replace("PERMISSION", permission))
        await page.visit.page.goto(f"{page.url}/?chart=AAA")
        await eventually(lambda: turned_to(page.visit, "AAA"))
        await eventually(lambda: has_price(page.visit, "AAA"))
        await eventually(lambda: is_live(page.visit))
        await page.visit.page.click("#alerts summary")
        yield page


async def set_alert(visit: Visit, text: str) -> None:
    await visit.page.fill("#alert-at", text)
    await visit.page.press("#alert-at", "Enter")


async def listed(visit: Visit, *begins: str) -> bool:
    texts = await visit.page.locator("#alert-list li").all_inner_texts()
    assert len(texts) == len(begins), texts
    return all(text.startswith(begin) for text, begin in zip(texts, begins, strict=True))


async def test_an_alert_is_raised_once_at_its_price_and_notified() -> None:
    async with charted("granted") as page:
        visit = page.visit
        await set_alert(visit, "110")
        await eventually(lambda: reads(visit, "#notice", "Alert set: AAA at 110.00 or above"))
        await set_alert(visit, "-1%")
        await eventually(lambda: listed(visit, "AAA at 110.00 or above", "AAA at −1% or below"))
        await page.tick("AAA", 2, "111.00")
        await eventually(lambda: reads(visit, "#notice", "Alert: AAA at 110.00 or above"))
        await eventually(lambda: listed(visit, "AAA at 110.00 or above: reached at ", "AAA at −1% or below"))
        # The other one is kept for the next visit, and raised there.
        await visit.page.reload()
        await visit.page.click("#alerts summary")
        await eventually(lambda: listed(visit, "AAA at −1% or below"))
        await eventually(lambda: is_live(visit))
        await page.tick("AAA", 3, "98.00")
        await eventually(lambda: reads(visit, "#notice", "Alert: AAA at −1% or below"))
        assert await visit.page.evaluate("told") == ["Tickcast alert: AAA at −1% or below"]
        await visit.page.click("#alert-list button")
        await eventually(lambda: listed(visit))
        assert (visit.complaints, await visit.violations()) == ([], [])


async def test_an_alert_that_can_be_none_is_refused_in_words_and_nobody_is_asked() -> None:
    async with charted("default") as page:
        visit = page.visit
        await set_alert(visit, "soon")
        told = "“soon” is no price and no change: 200 or −2%, for example"
        await eventually(lambda: reads(visit, "#notice", told))
        assert await visit.page.get_attribute("#alert-at", "aria-invalid") == "true"
        assert await visit.page.evaluate("told") == []
        # The browser asks the reader once there is something to tell.
        await set_alert(visit, "90")
        await eventually(lambda: listed(visit, "AAA at 90.00 or below"))
        assert await visit.page.evaluate("told") == ["asked"]


async def test_alerts_outlive_their_row_and_are_told_in_every_tab_that_keeps_them() -> None:
    async with charted("granted") as page:
        first = page.visit
        await page.tick("BBB", 1, "50.00")
        await set_alert(first, "110")
        await first.page.goto(f"{page.url}/?symbols=AAA,BBB&chart=AAA")
        await eventually(lambda: has_price(first, "BBB"))
        await first.page.click("#alerts summary")
        await remove(first, "AAA")
        second = Visit(await first.page.context.new_page())
        await second.page.add_init_script(RECORD.replace("PERMISSION", "granted"))
        await second.page.goto(f"{page.url}/?symbols=BBB&chart=BBB")
        await eventually(lambda: turned_to(second, "BBB"))
        await eventually(lambda: has_price(second, "BBB"))
        await second.page.click("#alerts summary")
        await set_alert(second, "60.125")
        both = ("AAA at 110.00 or above", "BBB at 60.125 or above")
        await eventually(lambda: listed(first, *both))
        await eventually(lambda: listed(second, *both))
        # Its price comes although no tab has a row of it.
        await eventually(lambda: has_prices_of_all_alerts(first))
        await page.tick("AAA", 2, "111.00")
        for visit in (first, second):
            await tells(visit, *both)
            assert await visit.order() == ["BBB"]
            assert visit.complaints == []


async def tells(visit: Visit, raised: str, other: str) -> None:
    await eventually(lambda: reads(visit, "#notice", f"Alert: {raised}"))
    await eventually(lambda: listed(visit, f"{raised}: reached at ", other))


async def has_prices_of_all_alerts(visit: Visit) -> bool:
    return "no price now" not in await visit.page.inner_text("#alert-list")
