"""What is kept of the reader's lists: over a reload, in a link, and under names."""

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.watchlist import (
    add,
    asks,
    order_is,
    reads,
    shows,
    watching,
)

pytestmark = pytest.mark.browser


async def test_sort_and_filter_are_kept_over_a_reload_and_in_a_copied_link() -> None:
    async with watching(permissions=["clipboard-read", "clipboard-write"]) as visit:
        await visit.page.click("th.name button")
        await visit.page.fill("#filter", "a")
        await eventually(lambda: asks(visit, "?sort=name&filter=a"))
        order = await visit.order()
        await visit.page.reload()
        await eventually(lambda: order_is(visit, order))
        assert await visit.page.get_attribute("th.name[scope=col]", "aria-sort") == "ascending"
        await visit.page.click("#copy")
        await eventually(lambda: reads(visit, "#notice", "Link copied"))
        link = await visit.page.evaluate("navigator.clipboard.readText()")
        assert link == visit.page.url
        # Another visit keeps the sort order, which is the reader's, and not the search.
        await visit.page.goto(visit.page.url.partition("?")[0])
        await eventually(lambda: shows(visit, 12))
        await visit.page.click("#copy")
        await eventually(lambda: copied(visit, "?sort=name"))


async def test_lists_have_names_and_are_opened_by_them() -> None:
    async with watching("?symbols=AAPL,MSFT", rows=2) as visit:
        await save_list(visit, "Tech")
        await eventually(lambda: reads(visit, "#notice", "List Tech saved"))
        await eventually(lambda: reads(visit, "#list-current", "Tech"))
        await add(visit, "nvda")
        await eventually(lambda: reads(visit, "#list-current", "Lists"))
        await save_list(visit, "More")
        await visit.page.click("#list-names button:text-is('Tech')")
        await eventually(lambda: order_is(visit, ["AAPL", "MSFT"]))
        assert visit.page.url.endswith("?symbols=AAPL,MSFT")
        await visit.page.reload()
        await eventually(lambda: reads(visit, "#list-current", "Tech"))
        await visit.page.click("#lists summary")
        await visit.page.click("[aria-label='Remove the list Tech']")
        await eventually(lambda: reads(visit, "#list-current", "Lists"))
        assert await visit.page.locator("#list-names li").count() == 1
        await eventually(lambda: order_is(visit, ["AAPL", "MSFT"]))


async def save_list(visit: Visit, name: str) -> None:
    if not await visit.page.is_visible("#list-name"):
        await visit.page.click("#lists summary")
    await visit.page.fill("#list-name", name)
    await visit.page.press("#list-name", "Enter")


async def copied(visit: Visit, query: str) -> bool:
    link: str = await visit.page.evaluate("navigator.clipboard.readText()")
    return link.endswith(f"/{query}")
