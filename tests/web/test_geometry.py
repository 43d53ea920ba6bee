"""However long symbols, names and prices are, no cell pushes another away, and nothing jumps."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import Fed, fed
from tests.web.watchlist import is_named, watching
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

WINDOWS = [(360, 780), (1280, 800), (2560, 1440)]

LONG = "W" * 64
WORDS = "Westminster and Wolverhampton Waterworks " * 4
INSTRUMENTS = [
    Instrument(LONG, WORDS[:128].strip().ljust(128, "W"), "0.01", "100.00", "USD"),
    Instrument("M" * 63 + "1", "M" * 128, "0.01", "100.00", "USDT"),
    Instrument("AAPL", "Apple Inc.", "0.01", "10.00", "USD"),
    Instrument("MSFT", "Microsoft", "0.01", "1000.00", "USD"),
]
LONGEST_PRICE = "1234567890123.45678"
"""18 digits, of which a double keeps 15."""

# Pairs of things in sight that overlap, and things beyond the edge of what holds them.
FAULTS = """() => {
  const faults = [];
  const box = (element) => element.getBoundingClientRect();
  const name = (each) =>
    `${each.closest("tr")?.dataset.symbol?.slice(0, 6) ?? ""} ${each.className || each.dataset.place}`;
  const apart = (elements, within) => {
    const shown = elements
      .filter((each) => each.checkVisibility() && box(each).width && each.textContent.trim());
    shown.forEach((one, i) => {
      const a = box(one), edge = box(within);
      if (a.right > edge.right + 0.5 || a.left < edge.left - 0.5)
        faults.push(`${name(one)} is beyond its edge`);
      for (const other of shown.slice(i + 1)) {
        const b = box(other);
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 0.5 && high > 0.5) faults.push(`${name(one)} overlaps ${name(other)}`);
      }
    });
  };
  for (const row of document.querySelectorAll("#rows tr")) {
    apart([...row.querySelectorAll("td:not(.remove), th")], row);
    for (const cell of row.querySelectorAll("td:not(.name, .trend, .remove)"))
      if (cell.scrollWidth > cell.clientWidth) faults.push(`${name(cell)} is cut: ${cell.textContent}`);
  }
  const rows = [...document.querySelectorAll("#rows tr")];
  rows.slice(1).forEach((row, i) => {
    if (box(row).top < box(rows[i]).bottom - 0.5) faults.push(`row ${i} overlaps the next`);
  });
  apart([...document.querySelectorAll("#detail header [data-place]")], document.querySelector("#detail"));
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the window");
  return faults;
}"""

# Where every cell stands, by symbol and column.
BOXES = """() => Object.fromEntries([...document.querySelectorAll("#rows tr :is(th, td)")].map((cell) => {
  const { left, top, width, height } = cell.getBoundingClientRect();
  return [`${cell.closest("tr").dataset.symbol} ${cell.className}`, [left, top, width, height]];
}))"""


# The lines that the tools above the list take, and whether the chart's values stand above what it draws.
TOOLS = """() => {
  document.getElementById("count").textContent = "10,000 of 10,000";
  const tools = [...document.querySelectorAll(".tools > *")].filter((each) => each.checkVisibility());
  return new Set(tools.map((each) => each.getBoundingClientRect()).filter(({ width }) => width > 1)
    .map(({ top, bottom }) => Math.round((top + bottom) / 20))).size;
}"""
VALUES_ON_TOP = """() => {
  const values = document.querySelector("[data-place=values]");
  values.style.pointerEvents = "auto";
  const { left, top, height } = values.querySelector("span").getBoundingClientRect();
  return values.contains(document.elementFromPoint(left + 2, top + height / 2));
}"""


@asynccontextmanager
async def long_ones(chart: str) -> AsyncIterator[Fed]:
    async with fed(*INSTRUMENTS) as page:
        for instrument in INSTRUMENTS:
            await publish(page, instrument.symbol, 1, "999.99" if instrument.symbol == "MSFT" else "9.99")
        await page.visit.page.goto(f"{page.url}/?chart={chart}")
        await eventually(lambda: shows(page.visit, "AAPL", "9.99"))
        await eventually(lambda: is_named(page.visit, "AAPL", "Apple Inc."))
        yield page


async def publish(page: Fed, symbol: str, q: int, price: str) -> None:
    sizes: dict[str, Any] = dict.fromkeys(("bid_size", "ask_size", "volume"), "1234")
    tick = Tick(symbol, time.time_ns() // 1000, price, "1", bid=price, ask=price, **sizes)
    await page.feeder.publish([(symbol.encode(), encode_tick(tick, q))])


async def shows(visit: Visit, symbol: str, price: str) -> bool:
    return (await visit.cells()).get(symbol, [""] * 4)[3] == price


async def nothing_is_amiss(visit: Visit) -> bool:
    assert await visit.page.evaluate(FAULTS) == []
    return True


@pytest.mark.parametrize("window", WINDOWS, ids=str)
async def test_long_symbols_names_and_prices_push_nothing_away(window: tuple[int, int]) -> None:
    async with long_ones(LONG) as page:
        visit, (width, height) = page.visit, window
        await visit.page.set_viewport_size({"width": width, "height": height})
        await eventually(lambda: nothing_is_amiss(visit))
        symbol = visit.page.locator(f"tr[data-symbol={LONG}] .symbol button")
        assert await symbol.evaluate("(each) => each.scrollWidth > each.clientWidth")
        assert await symbol.get_attribute("title") == LONG
        names = "[data-place=name]" if width < 901 else f"tr[data-symbol={LONG}] .name"
        assert await visit.page.locator(names).get_attribute("title") == INSTRUMENTS[0].name
        assert await visit.page.locator("[data-place=symbol]").get_attribute("title") == LONG
        if width < 901:
            # The chart is a sheet over the list there.
            await visit.page.locator(f"tr[data-symbol={LONG}] .last").click()
            await visit.page.wait_for_selector("[data-place=name]", state="visible")
            await eventually(lambda: nothing_is_amiss(visit))
        await publish(page, LONG, 2, LONGEST_PRICE)
        await publish(page, "AAPL", 2, LONGEST_PRICE)
        await eventually(lambda: shows(visit, "AAPL", "≈1,234,567,890,123.46"))
        await eventually(lambda: nothing_is_amiss(visit))


@pytest.mark.parametrize("window", WINDOWS, ids=str)
async def test_nothing_jumps_when_a_price_becomes_longer_or_shorter(window: tuple[int, int]) -> None:
    async with long_ones("AAPL") as page:
        visit, (width, height) = page.visit, window
        await visit.page.set_viewport_size({"width": width, "height": height})
        await eventually(lambda: nothing_is_amiss(visit))
        before = await visit.page.evaluate(BOXES)
        for symbol, prices in (("AAPL", ("10.00", "9.98")), ("MSFT", ("1,000.00", "1,000.50", "998.00"))):
            for q, price in enumerate(prices, 2):
                await publish(page, symbol, q, price.replace(",", ""))
                await eventually(lambda now=(symbol, price): shows(visit, *now))  # type: ignore[misc]
                assert await visit.page.evaluate(BOXES) == before


async def test_at_1440_the_tools_are_in_one_line_and_the_values_above_the_chart() -> None:
    async with watching(viewport={"width": 1440, "height": 900}) as visit:
        assert await visit.page.evaluate(TOOLS) == 1
        await eventually(lambda: visit.page.locator("[data-place=values] span").first.is_visible())
        assert await visit.page.evaluate(VALUES_ON_TOP)
