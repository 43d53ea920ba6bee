"""Lists, and changes of them, that the gateways refuse."""

import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import visiting
from tests.web.watchlist import (
    MARKET,
    add,
    asks,
    differs,
    is_live,
    is_refused,
    notice,
    order_is,
    remove,
    shows,
)

pytestmark = pytest.mark.browser


async def test_a_list_that_the_gateway_refuses_does_not_keep_the_page_empty() -> None:
    async with (
        running_stack(1, gateway={"max_symbols": 2}, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=AAPL,MSFT,NVDA") as visit,
    ):
        await eventually(lambda: is_live(visit))
        await eventually(lambda: shows(visit, 12))
        assert (await notice(visit)).startswith("This list was refused: symbols: 3 symbols; at most 2")
        assert (await notice(visit)).endswith("All symbols are shown instead.")


async def test_a_list_that_was_refused_stays_kept_as_it_is_and_leaves_no_rows_without_a_price() -> None:
    refused = ",".join(f"X{number}" for number in range(60))
    async with (
        running_stack(1, gateway={"max_symbols": 20}, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols={refused}") as visit,
    ):
        await eventually(lambda: is_live(visit))
        await eventually(lambda: shows(visit, 12))
        [first, *others] = await visit.order()
        await remove(visit, first)
        await eventually(lambda: order_is(visit, others))
        assert await asks(visit, f"?symbols={refused}")


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

        # No list is saved that would be refused at the next visit.
        await eventually(lambda: asks(visit, "?symbols=AAPL,MSFT"))
        await remove(visit, "AAPL")
        await eventually(lambda: is_live(visit))
        await eventually(lambda: asks(visit, "?symbols=MSFT,NVDA"))
        await visit.page.reload()
        await eventually(lambda: order_is(visit, ["MSFT", "NVDA"]))
        await eventually(lambda: is_live(visit))
