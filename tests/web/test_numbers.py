"""How the page writes odd prices, such as sources may send and the simulator never does."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Route

from tests.support.eventually import eventually
from tests.support.programs import running_gateway, running_publisher
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tests.web.fed import fed
from tickcast.wire.instrument import Instrument

pytestmark = pytest.mark.browser


async def shows(visit: Visit, **wanted: list[str]) -> bool:
    """Tell whether rows have these texts as last, change, per cent and bid; asserts so."""
    cells = await visit.cells()
    found = {symbol: [row[3], row[4], row[5], row[7]] for symbol, row in cells.items() if symbol in wanted}
    assert found == wanted
    return True


async def test_nothing_is_rounded_to_a_tick_size_that_is_too_coarse() -> None:
    async with fed(Instrument("ROUND", "Round", "1", "190", "USD")) as page:
        await page.tick("ROUND", 1, "190")
        await page.visit.page.goto(page.url)
        await eventually(lambda: shows(page.visit, ROUND=["190", "0", "0.00%", "–"]))
        await page.tick("ROUND", 2, "190.07", "189.95")
        await eventually(lambda: shows(page.visit, ROUND=["190.07", "+0.07", "+0.04%", "189.95"]))
        await eventually(lambda: is_large(page.visit, "190.07"))


async def is_large(visit: Visit, price: str) -> bool:
    return await visit.page.inner_text("[data-place=last]") == price


async def test_what_rises_is_up_where_prices_are_below_zero() -> None:
    async with fed(Instrument("NEG", "Spread", "0.01", "-10", "")) as page:
        await page.tick("NEG", 1, "-9.01", "-9.02")
        await page.visit.page.goto(page.url)
        await eventually(lambda: shows(page.visit, NEG=["−9.01", "+0.99", "+9.90%", "−9.02"]))


@pytest.mark.parametrize("price", ["1e-101", "1e308", "1e999", "-1e999"])
async def test_absurd_numbers_of_one_symbol_stop_no_other(price: str) -> None:
    instruments = Instrument("AAA", "Odd", "1e-101", price, ""), Instrument("BBB", "Even", "0.01", "5", "")
    async with fed(*instruments) as page:
        await page.tick("AAA", 1, price)
        await page.tick("BBB", 1, "5.00")
        await page.visit.page.goto(f"{page.url}/?chart=AAA")
        await eventually(lambda: shows(page.visit, BBB=["5.00", "0.00", "0.00%", "–"]))
        await page.tick("AAA", 2, price, price)
        await page.tick("BBB", 2, "5.50")
        await eventually(lambda: shows(page.visit, BBB=["5.50", "+0.50", "+10.00%", "–"]))
        assert page.visit.complaints == []


async def test_a_row_that_cannot_be_written_is_marked_and_stops_no_other() -> None:
    async def answer(route: Route) -> None:
        listed = await (await route.fetch()).json()
        # No gateway sends such a currency: it stands for the unforeseen.
        await route.fulfill(json=[each | {"ccy": 5 if each["S"] == "AAA" else "USD"} for each in listed])

    instruments = [Instrument(symbol, symbol, "0.01", "5", "USD") for symbol in ("AAA", "BBB")]
    async with fed(*instruments) as page:
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 1, "5.00")
        await page.visit.page.route("**/v1/symbols", answer)
        await page.visit.page.goto(page.url)
        await eventually(lambda: shows(page.visit, BBB=["5.00", "0.00", "0.00%", "–"]))
        for symbol in ("AAA", "BBB"):
            await page.tick(symbol, 2, "5.50")
        await eventually(lambda: shows(page.visit, BBB=["5.50", "+0.50", "+10.00%", "–"]))
        await eventually(lambda: marks_only(page.visit, "AAA"))
        assert len(page.visit.complaints) == 1


async def marks_only(visit: Visit, symbol: str) -> bool:
    marked = "[...document.querySelectorAll('tr[data-old]')].map((row) => row.dataset.symbol)"
    return bool(await visit.page.evaluate(marked) == [symbol])


FEED = [
    {"S": "ROUND", "t": 1_795_384_800_000_000, "p": 190, "bp": 189, "ap": 191},
    {"S": "ROUND", "t": 1_795_384_801_000_000, "p": 190.07, "bp": 189.95, "ap": 190.1},
]


async def test_a_feed_that_nobody_describes_has_all_its_digits(tmp_path: Path) -> None:
    recording = tmp_path / "feed.jsonl"
    with valkey() as redis_url:
        async with running_gateway(redis_url) as gateway, visiting(gateway.url) as visit:
            for tick in FEED:
                recording.write_text(json.dumps(tick))
                async with running_publisher(redis_url, source="replay", file=recording) as feed:
                    await feed.ended()
                await eventually(lambda tick=tick: equals(visit, tick))
                assert await told(gateway.url) == {**tick, "src": "rec"}


async def equals(visit: Visit, tick: dict[str, Any]) -> bool:
    """Tell whether the numbers of its row are those of a tick; asserts so."""
    row = (await visit.cells()).get("ROUND")
    assert row is not None
    assert [float(row[column]) for column in (3, 7, 8)] == [tick["p"], tick["bp"], tick["ap"]]
    return True


async def told(url: str) -> dict[str, Any]:
    """Return the only symbol's tick in a gateway's snapshot, without its `q`."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        [tick] = (await client.get("/v1/snapshot")).json()["ticks"]
    return {name: value for name, value in tick.items() if name != "q"}
