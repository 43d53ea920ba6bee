"""The line of prices for other people's pages: it moves, until the reader stops it."""

from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.web.browser import Visit
from tests.web.elements import live, page_with

pytestmark = pytest.mark.browser


async def test_a_long_line_moves_until_the_reader_stops_it() -> None:
    html = page_with('<tickcast-ticker symbols="*"></tickcast-ticker>')
    async with live(html) as (visit, _):
        await eventually(lambda: moves(visit, "running"))
        await visit.page.hover("tickcast-ticker .place")
        await eventually(lambda: moves(visit, "paused"))
        await visit.page.mouse.move(600, 600)
        await eventually(lambda: moves(visit, "running"))
        await visit.page.get_by_role("button", name="Stop the prices").press("Enter")
        await eventually(lambda: moves(visit, "paused"))
        await visit.page.get_by_role("button", name="Move the prices").click()
        await visit.page.mouse.move(600, 600)
        await eventually(lambda: moves(visit, "running"))
        await visit.page.emulate_media(reduced_motion="reduce")
        await eventually(lambda: moves(visit, "none"))


async def moves(visit: Visit, expected: str) -> bool:
    line = "document.querySelector('tickcast-ticker').shadowRoot.querySelector('ul')"
    state = await visit.page.evaluate(f"{line}?.getAnimations()[0]?.playState ?? 'none'")
    return bool(state == expected)


async def test_a_pattern_shows_a_hundred_and_how_many_more_there_are() -> None:
    html = page_with('<tickcast-ticker symbols="AAPL,*" still></tickcast-ticker>')
    async with live(html, symbols=130) as (visit, _):
        items = (
            "[...document.querySelector('tickcast-ticker').shadowRoot.querySelectorAll('li')]"
            ".map((each) => each.textContent)"
        )

        async def listed() -> list[str]:
            texts: list[str] = await visit.page.evaluate(items)
            return texts

        await eventually(lambda: ends(listed, "and 30 more"))
        texts = await listed()
        assert len(texts) == 101
        assert texts[0].startswith("AAPL")
        assert not await moves(visit, "running")


async def ends(listed: Any, text: str) -> bool:
    return bool((await listed())[-1] == text)
