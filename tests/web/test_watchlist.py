"""The watchlist as a reader uses it: entries are added, removed and saved."""

from urllib.parse import quote

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.programs import running_gateway
from tests.support.servers import valkey
from tests.web.browser import Visit, visiting
from tests.web.fed import fed
from tests.web.watchlist import (
    add,
    all_moved_on,
    asks,
    has_price,
    is_live,
    is_named,
    order_is,
    reads,
    remove,
    shows,
    turned_to,
    watching,
)

pytestmark = pytest.mark.browser


async def test_a_symbol_is_added_with_its_price_and_kept_for_the_next_visit() -> None:
    async with watching("?symbols=AAPL,MSFT", rows=2) as visit:
        await add(visit, "nvda")
        await eventually(lambda: has_price(visit, "NVDA"))
        assert await visit.order() == ["AAPL", "MSFT", "NVDA"]
        await eventually(lambda: reads(visit, "#notice", "NVDA added"))
        assert visit.page.url.endswith("?symbols=AAPL,MSFT,NVDA")

        await visit.page.goto(visit.page.url.partition("?")[0])
        await eventually(lambda: shows(visit, 3))
        assert await visit.order() == ["AAPL", "MSFT", "NVDA"]


async def test_an_unknown_symbol_is_refused_in_words_and_can_be_mended() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await add(visit, "NOPE")
        await eventually(lambda: reads(visit, "#notice", "There is no symbol NOPE"))
        assert await visit.page.input_value("#symbol") == "NOPE"
        assert await visit.page.get_attribute("#symbol", "aria-invalid") == "true"
        await add(visit, "MS*")
        await eventually(lambda: shows(visit, 2))
        assert await visit.order() == ["AAPL", "MSFT"]


async def test_a_symbol_that_is_there_is_not_added_again_and_one_that_is_not_in_the_feed_says_so() -> None:
    async with watching("?symbols=MS*,NOPE", rows=2) as visit:
        await add(visit, "msft")
        await eventually(lambda: reads(visit, "#notice", "MSFT is in the list"))
        await add(visit, "MSFT,AAPL")
        await eventually(lambda: reads(visit, "#notice", "AAPL added"))
        await eventually(lambda: has_price(visit, "AAPL"))
        await eventually(lambda: is_named(visit, "NOPE", "not in this feed"))
        assert (await visit.cells())["MSFT"][1] not in ("–", "not in this feed")


async def test_the_chart_begins_with_the_first_symbol_that_has_a_price() -> None:
    async with watching("?symbols=000,MS*", rows=2) as visit:
        await eventually(lambda: turned_to(visit, "MSFT"))
        await visit.page.focus("tr[data-symbol=MSFT] button")
        await visit.page.keyboard.press("Delete")
        await eventually(lambda: turned_to(visit, "–"))


async def test_what_can_be_no_symbol_is_named_and_nothing_of_the_line_is_added() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await add(visit, "MSFT ä")
        await eventually(lambda: reads(visit, "#notice", "There is no symbol Ä"))
        assert await visit.order() == ["AAPL"]


async def test_what_the_page_address_cannot_mean_is_told_or_taken_as_usual() -> None:
    async with watching("?symbols=AAPL,a%22b&interval=soon", rows=1) as visit:
        await eventually(lambda: reads(visit, "#notice", 'There is no symbol A"B'))
        await eventually(lambda: has_price(visit, "AAPL"))
        assert await visit.page.input_value("#interval") == "250"
        await eventually(lambda: is_live(visit))


async def test_a_list_that_was_emptied_says_so_stays_empty_and_can_be_filled_again() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await eventually(lambda: turned_to(visit, "AAPL"))
        await visit.page.focus("#rows button")
        await visit.page.keyboard.press("Delete")
        await eventually(lambda: turned_to(visit, "–"))
        await eventually(lambda: visit.page.is_visible("text=The watchlist is empty."))
        await eventually(lambda: visit.page.evaluate("document.activeElement.id === 'symbol'"))

        await visit.page.reload()
        await eventually(lambda: is_live(visit))
        await eventually(lambda: visit.page.is_visible("text=The watchlist is empty."))
        await add(visit, "*")
        await eventually(lambda: shows(visit, 12))


async def test_a_removal_is_undone_and_what_is_hidden_is_shown_again() -> None:
    async with watching() as visit:
        everything = await visit.order()
        await remove(visit, everything[3])
        await eventually(lambda: order_is(visit, everything[:3] + everything[4:]))
        await visit.page.click("#undo")
        await eventually(lambda: order_is(visit, everything))
        assert not await visit.page.is_visible("#undo")
        for symbol in everything[:2]:
            await remove(visit, symbol)
        await eventually(lambda: reads(visit, "#again", "Show 2 hidden"))
        await visit.page.reload()
        await eventually(lambda: order_is(visit, everything[2:]))
        await visit.page.click("#again")
        await eventually(lambda: order_is(visit, everything))
        assert not await visit.page.is_visible("#again")


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
                assert visit.page.url.endswith("?symbols=*,*!AAPL")

                await visit.page.reload()
                await eventually(lambda: shows(visit, 2))
                assert await visit.order() == ["MSFT", "NVDA"]
                await add(visit, "*")
                await eventually(lambda: has_price(visit, "AAPL"))


ODD = ["<B>", "A B", "BTC/USDT:USDT", "M&M", "^GSPC"]


async def test_odd_symbols_are_shown_as_text_and_a_link_leads_to_them() -> None:
    async with fed() as page:
        visit = page.visit
        for symbol in ODD:
            await page.tick(symbol, 1, "10")
        await visit.page.goto(page.url)
        await eventually(lambda: shows(visit, 5))
        assert [(await visit.cells())[symbol][0] for symbol in ODD] == ODD
        await visit.page.click("tr[data-symbol='A B'] .name")
        await eventually(lambda: turned_to(visit, "A B"))
        await visit.page.focus("tr[data-symbol='<B>'] button")
        await visit.page.keyboard.press("Delete")
        await eventually(lambda: asks(visit, "?chart=A+B&symbols=*,*!%3CB%3E"))
        await add(visit, "<b>")
        await eventually(lambda: order_is(visit, ODD))

        # The link is followed as from another page.
        link = f"{page.url}/?symbols={quote(','.join(ODD[:-1]))}&chart={quote(ODD[2])}"
        await visit.page.goto("about:blank")
        await visit.page.set_content('<a href="">prices</a>')
        await visit.page.evaluate("(link) => { document.querySelector('a').href = link; }", link)
        await visit.page.click("a")
        await eventually(lambda: order_is(visit, ODD[:-1]))
        await eventually(lambda: turned_to(visit, ODD[2]))
        await eventually(lambda: all_priced(visit, ODD[:-1]))
        assert await visit.page.evaluate("document.querySelector('#rows b, #detail b') === null")
        assert (visit.complaints, await visit.violations()) == ([], [])


async def all_priced(visit: Visit, symbols: list[str]) -> bool:
    return all([await has_price(visit, symbol) for symbol in symbols])


async def test_when_every_symbol_is_removed_the_page_says_so() -> None:
    async with watching("?symbols=MS*", rows=1) as visit:
        await remove(visit, "MSFT")
        await eventually(lambda: visit.page.is_visible("text=The watchlist is empty."))
        await eventually(lambda: visit.page.evaluate("document.activeElement.id === 'symbol'"))
        await add(visit, "msft")
        await eventually(lambda: has_price(visit, "MSFT"))


async def test_a_long_line_is_taken_as_a_whole_or_refused_in_words() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await visit.page.focus("#symbol")
        await visit.page.keyboard.insert_text("AAPL," * 100 + "MSFT,META")
        await visit.page.keyboard.press("Enter")
        await eventually(lambda: order_is(visit, ["AAPL", "MSFT", "META"]))
        await visit.page.focus("#symbol")
        await visit.page.keyboard.insert_text(",".join(f"S{number}" for number in range(1001)))
        await visit.page.keyboard.press("Enter")
        told = "These are 1,001 symbols; at most 1,000 are added at once"
        await eventually(lambda: reads(visit, "#notice", told))


async def test_what_is_added_while_paused_has_a_row_at_once_and_its_price_once_it_goes_on() -> None:
    async with watching("?symbols=AAPL", rows=1) as visit:
        await visit.page.click("#pause")
        await add(visit, "NVDA,M*")
        await eventually(lambda: order_is(visit, ["AAPL", "NVDA", "META", "MSFT"]))
        assert {row[3] for symbol, row in (await visit.cells()).items() if symbol != "AAPL"} == {"–"}
        assert await visit.page.inner_text("#pause") == "Resume"
        assert await visit.page.get_attribute("#pause", "aria-pressed") is None
        await visit.page.click("#pause")
        await eventually(lambda: has_price(visit, "MSFT"))
        await eventually(lambda: has_price(visit, "NVDA"))
