"""A feed changes from simulated to real prices and back: the page never calls one the other."""

import time

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit, choose
from tests.web.fed import Fed, fed
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser

BOTH = [Instrument(symbol, f"{symbol} Inc", "0.01", "5", "USD") for symbol in ("AAA", "BBB")]
ENDS = {"simulated": ',"src":"sim"}', "real": "}"}

# What each view says of where AAA's price comes from: row, chart, header, map, and the tab's title.
SAID = """() => {
  const header = document.querySelector("#source");
  const tile = document.querySelector(".tiles [role=option]:not([hidden])").textContent;
  return {
    row: document.querySelector("tr[data-symbol=AAA] .src").textContent,
    chart: document.querySelector("[data-place=src]").textContent,
    header: header.checkVisibility() ? header.textContent : "",
    map: /simulated/.test(tile) ? "simulated" : "",
    tab: /\\bsim\\b/.test(document.title) ? "sim" : "",
    price: document.querySelector("[data-place=last]").textContent,
  };
}"""


@pytest.mark.parametrize("order", [("simulated", "real"), ("real", "simulated")], ids="-".join)
async def test_another_publishers_prices_are_labelled_for_what_they_are(order: tuple[str, str]) -> None:
    async with fed(*BOTH) as page:
        visit = page.visit
        for symbol in ("AAA", "BBB"):
            await publish(page, symbol, 1, "5.01", order[0])
        await visit.page.goto(f"{page.url}/?chart=AAA")
        await eventually(lambda: says(visit, all_of(order[0], "5.01")))
        # The publisher after it takes the feed over, as one with another source does.
        await page.feeder.claim(BOTH)
        await publish(page, "AAA", 2, "5.02", order[1])
        await eventually(
            lambda: says(visit, {**all_of(order[1], "5.02"), "header": "1 of 2 symbols are simulated"})
        )
        await publish(page, "BBB", 2, "5.02", order[1])
        await eventually(lambda: says(visit, all_of(order[1], "5.02")))
        assert visit.complaints == []


def all_of(kind: str, price: str) -> dict[str, str]:
    """Return what the views say when every price is of this kind."""
    if kind == "real":
        return {"row": "", "chart": "", "header": "", "map": "", "tab": "", "price": price}
    words = {"row": "sim", "chart": "simulated", "header": "Simulated market data"}
    return {**words, "map": "simulated", "tab": "sim", "price": price}


async def publish(page: Fed, symbol: str, q: int, price: str, kind: str) -> None:
    tick = encode_tick(Tick(symbol, time.time_ns() // 1000, price), q, ENDS[kind])
    await page.feeder.publish([(symbol.encode(), tick)])


async def says(visit: Visit, expected: dict[str, str]) -> bool:
    # The map says the quote of the tile that takes its focus.
    await choose(visit, "map")
    await visit.page.focus(".tiles")
    await visit.page.keyboard.press("Home")
    found = await visit.page.evaluate(SAID)
    await choose(visit, "list")
    return bool(found == expected)
