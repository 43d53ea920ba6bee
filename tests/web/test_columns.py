"""The reader chooses the columns: those of the day are the gateway's, and the choice is kept and in links."""

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.fed import SECOND, fed
from tests.web.watchlist import has_price, reads, watching
from tickcast.wire.bar import Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick, encode_tick

pytestmark = pytest.mark.browser


async def choose(visit: Visit, *keys: str) -> None:
    await visit.page.click(".chooser:has(#columns) summary")
    for key in keys:
        await visit.page.click(f"#columns input[value={key}]")
    await visit.page.keyboard.press("Escape")


async def text(visit: Visit, symbol: str, *keys: str) -> list[str]:
    return [await visit.page.inner_text(f"tr[data-symbol={symbol}] .{key}") for key in keys]


async def shows(visit: Visit, symbol: str, **texts: str) -> bool:
    assert await text(visit, symbol, *texts) == [*texts.values()]
    return True


async def test_the_day_and_the_spread_are_shown_and_follow_the_ticks() -> None:
    wide = {"width": 1900, "height": 900}
    async with fed(Instrument("AAA", "Alpha", "0.01", "100.00", "USD")) as page:
        visit = page.visit
        await visit.page.set_viewport_size(wide)

        async def publish(q: int, price: str) -> None:
            tick = encode_tick(Tick("AAA", q * SECOND, price, bid="104.25", ask="104.75"), q)
            bar = Bar("AAA", "1d", 0, "101.00", "109.00", "99.50", "105.00", None, 1, 1)
            await page.feeder.publish([(b"AAA", tick)], bars=[bar] if q == 1 else [])

        await publish(1, "105.00")
        await visit.page.goto(page.url)
        await eventually(lambda: has_price(visit, "AAA"))
        assert not await visit.page.is_visible("th.high")
        await choose(visit, "open", "high", "low", "range", "spread")
        day = {"open": "101.00", "high": "109.00", "low": "99.50", "range": "9.50", "spread": "0.50"}
        await eventually(lambda: shows(visit, "AAA", **day))
        await publish(2, "110.00")
        await eventually(lambda: shows(visit, "AAA", **(day | {"high": "110.00", "range": "10.50"})))
        await publish(3, "98.00")
        await eventually(
            lambda: shows(visit, "AAA", **(day | {"high": "110.00", "low": "98.00", "range": "12.00"}))
        )
        assert (visit.complaints, await visit.violations()) == ([], [])


async def test_the_choice_is_kept_over_a_reload_and_is_in_the_address() -> None:
    async with watching(permissions=["clipboard-read", "clipboard-write"]) as visit:
        await choose(visit, "ccy", "spread")
        await visit.page.wait_for_selector("td.ccy", state="hidden")
        chosen = "symbol,name,last,change,percent,bid-size,bid,ask,ask-size,spread,volume,time,trend"
        assert visit.page.url.endswith(f"?columns={chosen}")
        await visit.page.reload()
        await visit.page.wait_for_selector("th.ccy", state="hidden")
        await eventually(lambda: visit.page.locator("#rows td.spread").first.inner_text())
        await choose(visit, "ccy", "spread")
        await visit.page.wait_for_selector("td.ccy", state="visible")
        assert "columns" not in visit.page.url


async def test_a_day_is_read_once_for_each_row_and_only_while_a_column_shows_it() -> None:
    async with watching() as visit:
        assert sum("interval=1d&limit=1" in url for url in visit.requests) <= 2
        await choose(visit, "high")
        for symbol in await visit.order():
            await eventually(lambda symbol=symbol: has_digits(visit, symbol, "high"))  # type: ignore[misc]
        # That of the chart's symbol is the chart's, which also reads more of its days: for its ranges.
        days = [url for url in visit.requests if url.endswith("interval=1d&limit=1")]
        assert len(days) == len({*days}) == 12


async def has_digits(visit: Visit, symbol: str, key: str) -> bool:
    [found] = await text(visit, symbol, key)
    return found[:1].isdigit()


async def test_a_sort_by_the_day_says_of_how_many_symbols_it_knows_the_day() -> None:
    async with fed() as page:
        visit = page.visit
        # More rows than the screen has, and one of them without a day.
        symbols = [f"S{number:02}" for number in range(60)]
        await visit.page.set_viewport_size({"width": 1280, "height": 400})
        for place, symbol in enumerate(symbols):
            tick = encode_tick(Tick(symbol, SECOND, "50.00"), 1)
            day = Bar(symbol, "1d", 0, "50.00", f"{60 + place}", "50.00", "50.00", None, 1, 1)
            await page.feeder.publish([(symbol.encode(), tick)], bars=[day] if place else [])
        await visit.page.goto(f"{page.url}/?sort=-high")
        await eventually(lambda: reads(visit, "#count", "60 symbols, sorted by the day of 59"))
        assert (await visit.order())[:3] == ["S59", "S58", "S57"]
        await visit.page.click("th.last button")
        await eventually(lambda: reads(visit, "#count", "60 symbols"))
        assert visit.complaints == []
