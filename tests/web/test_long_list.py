"""10,000 symbols: the list is whole, never blank, and costs what changes, not what there is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import Fed, fed
from tests.web.watchlist import focused, focused_is, is_live, is_named, reads, turned_to
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

COUNT = 10_000
MOST_ROWS = 150
"""Rows that may exist: those of a screen, and some beyond its edges."""

# Scrolls to the end and back, a part of a screen or some screens in every frame, and looks at each as it is
# about to be painted: at every place in sight there must be a row, with its own symbol and a price, in order.
SCROLL = """([step, most]) => new Promise((resolve) => {
  const body = document.querySelector("#rows");
  const blanks = [];
  let way = 1, frames = 0, rows = 0;
  const look = () => {
    frames += 1;
    rows = Math.max(rows, body.children.length);
    const { top, bottom, left } = body.getBoundingClientRect();
    const { height } = body.firstElementChild.getBoundingClientRect();
    const head = document.querySelector("thead").getBoundingClientRect().bottom;
    // A px from the edges: what is found there is the headers, or nothing.
    const first = Math.max(0, Math.ceil((head + 1 - top) / height - 0.5));
    for (let place = first; top + (place + 0.5) * height < Math.min(bottom, innerHeight - 1); place++) {
      const row = document.elementFromPoint(left + 30, top + (place + 0.5) * height)?.closest("#rows tr");
      const whole = row && row.querySelector(".symbol button").textContent === row.dataset.symbol
        && /\\d/.test(row.querySelector(".last").textContent)
        && Number(row.getAttribute("aria-rowindex")) === place + 2;
      if (!whole) blanks.push([frames, place, row?.dataset.symbol ?? ""]);
    }
    const end = way > 0 ? scrollY + innerHeight >= document.documentElement.scrollHeight - 1 : scrollY === 0;
    if ((end && way < 0) || frames === most) return resolve({ frames, rows, blanks });
    if (end) way = -1;
    scrollBy({ top: way * step * innerHeight, behavior: "instant" });
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""

# Which rows are written, and in which frames. More than one batch of writes in a frame would be drawn twice.
COUNT_WRITES = """() => {
  window.written = new Set();
  window.batches = [0];
  new MutationObserver((records) => {
    const prices = records.filter(({ type }) => type === "characterData");
    for (const { target } of prices) written.add(target.parentElement.closest("tr").dataset.symbol);
    if (prices.length) batches[batches.length - 1] += 1;
  }).observe(document.querySelector("#rows"), { characterData: true, subtree: true });
  const next = () => { batches.push(0); requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


def symbol(number: int) -> str:
    return f"S{number:05}"


@asynccontextmanager
async def listed() -> AsyncIterator[Fed]:
    """Open a page on as many symbols, whose ticks are the test's."""
    names = [symbol(number) for number in range(COUNT)]
    async with fed(*(Instrument(name, f"Name {name}", "0.01", "100.00", "USD") for name in names)) as page:
        for begin in range(0, COUNT, 1000):
            await publish(page, names[begin : begin + 1000], 1, "101.00")
        await page.visit.page.goto(page.url)
        await eventually(lambda: reads(page.visit, "#count", "10,000 symbols"), timeout=60)
        await eventually(lambda: is_live(page.visit))
        await eventually(lambda: is_named(page.visit, symbol(0), f"Name {symbol(0)}"))
        yield page


async def publish(page: Fed, symbols: list[str], q: int, price: str) -> None:
    entries = [(name.encode(), encode_tick(Tick(name, q * 1_000_000, price), q)) for name in symbols]
    await page.feeder.publish(entries)


async def shows(visit: Visit, name: str, price: str) -> bool:
    return await visit.page.inner_text(f"tr[data-symbol={name}] .last") == price


async def test_no_row_is_blank_in_any_frame_from_one_end_to_the_other_and_few_rows_exist() -> None:
    async with listed() as page:
        for step, frames in ((0.8, 100), (5, 1000)):
            seen = await page.visit.page.evaluate(SCROLL, [step, frames])
            assert seen["blanks"] == []
            assert seen["frames"] >= 100
            assert seen["rows"] < MOST_ROWS
        # A screen reader is told of all of them.
        table = page.visit.page.locator("table.prices")
        assert await table.get_attribute("aria-rowcount") == str(COUNT + 1)


async def test_a_jump_to_anywhere_shows_whole_rows_in_the_next_frame() -> None:
    async with listed() as page:
        seen = await page.visit.page.evaluate(SCROLL, [37, 1000])
        assert seen["blanks"] == []


async def test_only_rows_in_sight_are_written_and_only_those_that_have_changed_once_a_frame() -> None:
    async with listed() as page:
        visit = page.visit
        await visit.page.evaluate(COUNT_WRITES)
        near, far = [symbol(2), symbol(5)], [symbol(number) for number in range(4000, 5000)]
        for q in range(2, 12):
            await publish(page, near + far, q, f"10{q % 10}.50")
        await eventually(lambda: shows(visit, near[0], "101.50"))
        assert await visit.page.evaluate("[...written].sort()") == near
        assert max(await visit.page.evaluate("batches")) == 1


async def test_the_keyboard_reaches_the_last_row_and_a_sort_moves_the_rows_in_sight() -> None:
    async with listed() as page:
        visit = page.visit
        await visit.page.focus(f"tr[data-symbol={symbol(0)}] button")
        await visit.page.keyboard.press("End")
        await eventually(lambda: focused_is(visit, symbol(COUNT - 1)))
        await visit.page.keyboard.press("PageUp")
        assert await focused(visit) == symbol(COUNT - 11)
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: turned_to(visit, symbol(COUNT - 11)))
        # The focus stays where it is while its row is far out of sight.
        await visit.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        await publish(page, [symbol(7777)], 2, "250.00")
        await visit.page.click("th.last button")
        await eventually(lambda: is_first(visit, symbol(7777)))


async def is_first(visit: Visit, name: str) -> bool:
    return bool(
        await visit.page.evaluate("document.querySelector('[aria-rowindex=\"2\"]')?.dataset.symbol") == name
    )


async def test_a_search_finds_one_of_all_by_its_name_and_the_list_comes_back() -> None:
    async with listed() as page:
        visit = page.visit
        await visit.page.fill("#filter", "name s09876")
        await eventually(lambda: reads(visit, "#count", "1 of 10,000"))
        assert await visit.order() == [symbol(9876)]
        await visit.page.fill("#filter", "")
        await eventually(lambda: reads(visit, "#count", "10,000 symbols"))
