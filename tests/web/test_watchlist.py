"""The watchlist under the reader's hands: changed, sorted, searched, frozen, by mouse and by keyboard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


@asynccontextmanager
async def watching(query: str = "", rows: int = 12, **context: Any) -> AsyncIterator[Visit]:
    async with running_stack(1, **MARKET) as stack, visiting(f"{stack.url}/{query}", **context) as visit:
        await eventually(lambda: shows(visit, rows))
        await eventually(lambda: all_named(visit))
        yield visit


async def shows(visit: Visit, count: int) -> bool:
    return len(await visit.order()) == count


async def all_named(visit: Visit) -> bool:
    return all(row[1] != "–" for row in (await visit.cells()).values())


async def notice(visit: Visit) -> str:
    return await visit.page.inner_text("#notice")


async def add(visit: Visit, text: str) -> None:
    await visit.page.fill("#symbol", text)
    await visit.page.press("#symbol", "Enter")


async def remove(visit: Visit, symbol: str) -> None:
    await visit.page.focus(f"tr[data-symbol={symbol}] button")
    await visit.page.keyboard.press("Delete")


async def focused(visit: Visit) -> str | None:
    symbol: str | None = await visit.page.evaluate("document.activeElement.closest('tr')?.dataset.symbol")
    return symbol


async def test_a_symbol_is_added_with_its_price_and_kept_for_the_next_visit() -> None:
    async with watching("?symbols=AAPL,MSFT", rows=2) as visit:
        await add(visit, "nvda")
        await eventually(lambda: has_price(visit, "NVDA"))
        assert await visit.order() == ["AAPL", "MSFT", "NVDA"]
        assert await notice(visit) == "NVDA added"
        assert visit.page.url.endswith("?symbols=AAPL,MSFT,NVDA")

        await visit.page.goto(visit.page.url.partition("?")[0])
        await eventually(lambda: shows(visit, 3))
        assert await visit.order() == ["AAPL", "MSFT", "NVDA"]


async def test_an_unknown_symbol_is_refused_in_words_and_can_be_mended() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await add(visit, "NOPE")
        assert await notice(visit) == "There is no symbol NOPE"
        assert await visit.page.input_value("#symbol") == "NOPE"
        assert await visit.page.get_attribute("#symbol", "aria-invalid") == "true"
        await add(visit, "MS*")
        await eventually(lambda: shows(visit, 2))
        assert await visit.order() == ["AAPL", "MSFT"]


async def test_a_symbol_that_is_there_is_not_added_again_and_one_that_is_not_in_the_feed_says_so() -> None:
    async with watching("?symbols=MS*,NOPE", rows=2) as visit:
        await add(visit, "msft")
        assert await notice(visit) == "MSFT is in the list"
        await add(visit, "MSFT,AAPL")
        assert await notice(visit) == "AAPL added"
        await eventually(lambda: has_price(visit, "AAPL"))
        await eventually(lambda: is_named(visit, "NOPE", "not in this feed"))
        assert (await visit.cells())["MSFT"][1] not in ("–", "not in this feed")


async def test_the_chart_begins_with_the_first_symbol_that_has_a_price() -> None:
    async with watching("?symbols=000,MS*", rows=2) as visit:
        await eventually(lambda: turned_to(visit, "MSFT"))
        await visit.page.focus("tr[data-symbol=MSFT] button")
        await visit.page.keyboard.press("Delete")
        await eventually(lambda: turned_to(visit, "–"))


async def is_named(visit: Visit, symbol: str, name: str) -> bool:
    return (await visit.cells())[symbol][1] == name


async def test_what_can_be_no_symbol_is_named_and_nothing_of_the_line_is_added() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await add(visit, "MSFT ä")
        assert await notice(visit) == "There is no symbol Ä"
        assert await visit.order() == ["AAPL"]


async def test_what_the_page_address_cannot_mean_is_told_or_taken_as_usual() -> None:
    async with watching("?symbols=AAPL,a@b&interval=soon", rows=1) as visit:
        assert await notice(visit) == "There is no symbol A@B"
        await eventually(lambda: has_price(visit, "AAPL"))
        assert await visit.page.input_value("#interval") == "250"
        assert await visit.status() == "Live"


async def test_a_list_that_was_emptied_says_so_stays_empty_and_can_be_filled_again() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await eventually(lambda: turned_to(visit, "AAPL"))
        await visit.page.focus("#rows button")
        await visit.page.keyboard.press("Delete")
        await eventually(lambda: turned_to(visit, "–"))
        assert await visit.page.is_visible("text=The watchlist is empty.")
        assert await visit.page.evaluate("document.activeElement.id") == "symbol"

        await visit.page.reload()
        await eventually(lambda: is_live(visit))
        assert await visit.page.is_visible("text=The watchlist is empty.")
        await add(visit, "*")
        await eventually(lambda: shows(visit, 12))


async def turned_to(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("#detail h2") == symbol


async def is_live(visit: Visit) -> bool:
    return await visit.status() == "Live"


async def test_every_symbol_is_suggested_with_its_name() -> None:
    async with watching() as visit:
        suggested = await visit.page.evaluate("[...known.options].map(({ value, text }) => [value, text])")
        assert suggested == [[symbol, row[1]] for symbol, row in sorted((await visit.cells()).items())]


async def test_removing_from_all_leaves_the_others_and_the_stream_goes_on() -> None:
    async with watching() as visit:
        everything = await visit.order()
        await visit.page.hover(f"tr[data-symbol='{everything[0]}']")
        await visit.page.click(f"tr[data-symbol='{everything[0]}'] .remove button")
        await eventually(lambda: shows(visit, 11))
        assert await visit.order() == everything[1:]
        before = await visit.cells()
        await eventually(lambda: all_moved_on(visit, before))


async def test_a_removed_symbol_is_hidden_and_one_that_first_ticks_later_comes_all_the_same() -> None:
    with valkey() as redis_url:
        async with (
            Feeder(redis_url) as feeder,
            running_gateway(redis_url) as gateway,
            feeder.beating(),
        ):
            await feeder.tick("AAPL", "MSFT")
            async with visiting(gateway.url) as visit:
                await eventually(lambda: shows(visit, 2))
                await remove(visit, "AAPL")
                await feeder.tick("AAPL", "NVDA")
                await eventually(lambda: has_price(visit, "NVDA"))
                assert await visit.order() == ["MSFT", "NVDA"]
                assert visit.page.url.endswith("?symbols=*,!AAPL")

                await visit.page.reload()
                await eventually(lambda: shows(visit, 2))
                assert await visit.order() == ["MSFT", "NVDA"]
                await add(visit, "*")
                await eventually(lambda: has_price(visit, "AAPL"))


async def test_when_every_symbol_is_removed_the_page_says_so() -> None:
    async with watching("?symbols=MS*", rows=1) as visit:
        await remove(visit, "MSFT")
        await eventually(lambda: visit.page.is_visible("text=The watchlist is empty."))
        assert await visit.page.evaluate("document.activeElement.id") == "symbol"
        await add(visit, "msft")
        await eventually(lambda: has_price(visit, "MSFT"))


async def test_a_list_that_the_gateway_refuses_does_not_keep_the_page_empty() -> None:
    async with (
        running_stack(1, gateway={"max_symbols": 2}, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=AAPL,MSFT,NVDA") as visit,
    ):
        await eventually(lambda: is_live(visit))
        await eventually(lambda: shows(visit, 12))
        assert (await notice(visit)).startswith("This list was refused: symbols: 3 symbols; at most 2")
        assert (await notice(visit)).endswith("All symbols are shown instead.")


async def test_a_change_that_the_gateway_refuses_is_told_while_the_stream_goes_on() -> None:
    async with (
        running_stack(1, gateway={"max_symbols": 2}, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=AAPL,MSFT") as visit,
    ):
        await eventually(lambda: is_live(visit))
        await add(visit, "NVDA")
        await eventually(lambda: is_refused(visit))
        before = await visit.cells()
        await eventually(lambda: differs(visit, "tr[data-symbol=AAPL] .time", before["AAPL"][-1]))

        await remove(visit, "NVDA")
        await eventually(lambda: is_live(visit))


async def is_refused(visit: Visit) -> bool:
    return (await visit.status()).startswith("Live, but a change was refused: ")


async def test_what_is_added_while_paused_has_a_row_at_once_and_its_price_once_it_goes_on() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await visit.page.click("#pause")
        await add(visit, "NVDA,M*")
        await eventually(lambda: order_is(visit, ["AAPL", "META", "MSFT", "NVDA"]))
        assert {row[3] for symbol, row in (await visit.cells()).items() if symbol != "AAPL"} == {"–"}
        assert await visit.page.inner_text("#pause") == "Go on"
        assert await visit.page.get_attribute("#pause", "aria-pressed") is None
        await visit.page.click("#pause")
        await eventually(lambda: has_price(visit, "MSFT"))
        await eventually(lambda: has_price(visit, "NVDA"))


async def test_the_keyboard_alone_moves_chooses_and_removes() -> None:
    async with watching() as visit:
        symbols, press = await visit.order(), visit.page.keyboard.press
        await visit.page.focus("#pause")
        for _ in range(len(symbols) + 1):
            await press("Tab")
            if await focused(visit) is not None:
                break
        assert await focused(visit) == symbols[0]
        await press("ArrowDown")
        await press("ArrowDown")
        await press("ArrowUp")
        assert await focused(visit) == symbols[1]
        await press("End")
        assert await focused(visit) == symbols[-1]
        await press("ArrowDown")
        assert await focused(visit) == symbols[-1]
        await press("Home")
        await press("Enter")
        await eventually(lambda: chosen_is(visit, symbols[0]))
        await press("Delete")
        assert await focused(visit) == symbols[1]
        await eventually(lambda: shows(visit, 11))
        assert symbols[0] not in await visit.order()


async def test_slash_goes_to_the_search_and_escape_comes_back() -> None:
    async with watching() as visit:
        symbols = await visit.order()
        names = {symbol: row[1] for symbol, row in (await visit.cells()).items()}
        target = symbols[3]
        await visit.page.keyboard.press("/")
        await visit.page.keyboard.type(names[target].lower())
        await eventually(lambda: order_is(visit, [target]))
        assert await visit.page.inner_text("#count") == "1 of 12"
        await visit.page.keyboard.type(" zzz")
        assert "No symbol or name" in await visit.page.inner_text("#empty")
        await visit.page.keyboard.press("Escape")
        await eventually(lambda: order_is(visit, symbols))
        assert await focused(visit) is not None


async def test_headers_sort_up_down_and_at_the_third_click_not_at_all() -> None:
    async with watching() as visit:
        symbols = await visit.order()
        by_name = sorted(
            symbols, key={s: row[1].lower() for s, row in (await visit.cells()).items()}.__getitem__
        )
        header, button = "th.name[scope=col]", "th.name button"
        for order, direction in ((by_name, "ascending"), (by_name[::-1], "descending"), (symbols, None)):
            await visit.page.click(button)
            assert await visit.order() == order
            assert await visit.page.get_attribute(header, "aria-sort") == direction


async def test_a_live_order_follows_the_prices_and_keeps_the_focus() -> None:
    async with watching() as visit:
        await visit.page.click("th.percent button")
        first = await visit.order()
        await visit.page.focus(f"tr[data-symbol='{first[0]}'] th button")
        await eventually(lambda: order_changed(visit, first), timeout=60)
        assert await focused(visit) == first[0]
        await visit.page.click("#pause")
        cells = await visit.cells()
        values = [number(cells[symbol][5]) for symbol in await visit.order()]
        assert values == sorted(values)


async def test_pause_freezes_the_display_says_so_and_the_stream_goes_on() -> None:
    async with watching() as visit:
        await visit.page.click("#pause")
        assert (await visit.status()).startswith("Paused: prices of ")
        assert await visit.detail() == "the stream goes on"
        frozen, received = await visit.cells(), await visit.page.inner_text("#bytes")
        await eventually(lambda: differs(visit, "#bytes", received))
        assert await visit.cells() == frozen
        await visit.page.click("#pause")
        await eventually(lambda: all_moved_on(visit, frozen))
        assert await visit.status() == "Live"


async def test_another_interval_is_asked_for_and_kept() -> None:
    async with watching() as visit:
        await visit.page.select_option("#interval", "1000")
        await eventually(lambda: reads(visit, "#granted", "1000 ms"))
        assert "interval=1000" in visit.page.url
        await visit.page.reload()
        await eventually(lambda: reads(visit, "#granted", "1000 ms"))
        assert await visit.page.input_value("#interval") == "1000"


async def test_colours_and_theme_are_the_readers_and_are_kept() -> None:
    async with watching(color_scheme="light") as visit:
        await visit.page.select_option("#theme", "dark")
        await visit.page.select_option("#palette", "blue")
        await visit.page.reload()
        await eventually(lambda: shows(visit, 12))
        looks = await visit.page.evaluate("({ ...document.documentElement.dataset })")
        assert looks == {"theme": "dark", "palette": "blue"}
        ground = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(map(int, ground[4:-1].split(","))) < 60


async def has_price(visit: Visit, symbol: str) -> bool:
    return (await visit.cells()).get(symbol, ["", "", "", "–"])[3] != "–"


async def chosen_is(visit: Visit, symbol: str) -> bool:
    return await visit.page.inner_text("[data-place=symbol]") == symbol


async def order_is(visit: Visit, symbols: list[str]) -> bool:
    return await visit.order() == symbols


async def order_changed(visit: Visit, before: list[str]) -> bool:
    return await visit.order() != before


async def differs(visit: Visit, place: str, before: str) -> bool:
    return await visit.page.inner_text(place) != before


async def reads(visit: Visit, place: str, words: str) -> bool:
    return await visit.page.inner_text(place) == words


async def all_moved_on(visit: Visit, before: dict[str, list[str]]) -> bool:
    now = await visit.cells()
    return all(now[symbol] != before[symbol] for symbol in now)


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("%", "").replace(",", ""))
