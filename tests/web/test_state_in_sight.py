"""The state is in sight wherever the reader is, in another tab or down a list; old prices have their day."""

import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.fed import SECOND, fed
from tests.web.watchlist import has_price, is_live, shows
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

MARKET = {"symbols": 100, "rate": 400, "seed": 5}
WINDOWS = [(390, 844), (1280, 800), (2560, 1440)]


async def titled(visit: Visit, begin: str, icon: str) -> bool:
    title, href = await visit.page.evaluate(
        "[document.title, document.querySelector('link[rel=icon]').getAttribute('href')]"
    )
    return str(title).startswith(begin) and href == icon


async def test_the_tab_says_the_price_and_when_it_is_not_live() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/?chart=MSFT") as visit:
        await eventually(lambda: is_live(visit))
        await eventually(lambda: visit.page.evaluate(r"/^[\d,.]+ MSFT sim .*%/.test(document.title)"))
        await visit.page.click("#pause")
        await eventually(lambda: titled(visit, "Paused · ", "icon_paused.svg"))
        await visit.page.click("#pause")
        await eventually(lambda: titled(visit, "", "icon.svg"))
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: titled(visit, "Stale · ", "icon_stale.svg"))
        assert visit.complaints == []


@pytest.mark.parametrize("window", WINDOWS, ids=str)
async def test_the_state_stays_in_sight_and_covers_no_row_that_the_keyboard_reaches(
    window: tuple[int, int],
) -> None:
    width, height = window
    context = {"viewport": {"width": width, "height": height}}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, **context) as visit:
        await eventually(lambda: is_live(visit))
        await visit.page.focus("#rows tr:first-child button")
        await visit.page.keyboard.press("End")
        await visit.page.keyboard.press("Home")
        await visit.page.keyboard.press("End")
        for _ in range(4):
            await visit.page.keyboard.press("PageUp")
        assert await visit.page.evaluate(UNCOVERED, ".pill")
        assert await visit.page.evaluate(UNCOVERED, "#rows button:focus")


# Whether an element is in the window, and nothing over its middle.
UNCOVERED = """(place) => {
  const element = document.querySelector(place);
  const { left, top, width, height } = element.getBoundingClientRect();
  const found = document.elementFromPoint(left + width / 2, top + height / 2);
  return element.contains(found) || found?.contains(element) === true && found.matches("tr, th, .pill");
}"""


async def test_a_price_that_is_not_of_today_has_its_day() -> None:
    now = datetime.now(UTC)
    days = {
        "TODAY": now,
        "YESTERDAY": now - timedelta(days=1),
        "LONGAGO": datetime(1999, 12, 31, 9, tzinfo=UTC),
    }
    async with fed(*(Instrument(name, name, "0.01", "5", "USD") for name in days)) as page:
        for name, day in days.items():
            tick = encode_tick(Tick(name, int(day.timestamp()) * SECOND, "5.00"), 1)
            await page.feeder.publish([(name.encode(), tick)])
        await page.visit.page.goto(page.url)
        await eventually(lambda: shows(page.visit, 3))
        await eventually(lambda: has_price(page.visit, "TODAY"))
        times = {name: row[-1] for name, row in (await page.visit.cells()).items()}
        before = days["YESTERDAY"]
        # Across a new year the year stands there, too.
        year = "" if before.year == now.year else f" {before.year}"
        assert times == {
            "TODAY": f"{now:%H:%M:%S}",
            "YESTERDAY": f"{before.day} {before:%b}{year} {before:%H:%M:%S}",
            "LONGAGO": "31 Dec 1999 09:00:00",
        }


async def test_bid_and_ask_are_told_apart_on_a_phone() -> None:
    phone = {"viewport": {"width": 390, "height": 844}}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, **phone) as visit:
        await eventually(lambda: is_live(visit))
        labels = """[...document.querySelectorAll("#rows tr:nth-child(2) :is(.bid, .ask)")]
          .map((cell) => getComputedStyle(cell, "::before").content.match(/\\w+/)[0])"""
        # Where numbers are long, the first letters.
        await eventually(lambda: visit.page.evaluate(f"['Bid,Ask', 'B,A'].includes(String({labels}))"))
