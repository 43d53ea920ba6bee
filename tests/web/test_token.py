"""The page before a gateway that asks for tokens: it asks the reader for one, and says when that ends."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, Request

from tests.support.eventually import eventually
from tests.support.granted import Door
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.node import HERE, install_packages
from tests.web.watchlist import differs, has_price, is_live

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}
WHY = "#access-why"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """The keys of the gateway."""
    return Door(tmp_path)


@asynccontextmanager
async def closed(
    door: Door, query: str = "", token: Callable[[], str] | None = None, **context: object
) -> AsyncIterator[Visit]:
    """Open the page of a gateway that asks for tokens; the tab may have one already, made as it opens."""
    async with (
        running_stack(1, gateway=door.settings, **MARKET) as stack,
        visiting("about:blank", **context) as visit,
    ):
        if token:
            # Once: a reload has what the page keeps.
            await visit.page.goto(f"{stack.url}/icon.svg")
            await visit.page.evaluate(f"sessionStorage.setItem('tickcast.token', '{token()}')")
        await visit.page.goto(f"{stack.url}/{query}")
        yield visit


async def hand_in(page: Page, token: str) -> None:
    await page.fill("#token", token)
    await page.press("#token", "Enter")


def within(seconds: float) -> float:
    """Return the time in so many seconds, in seconds since the epoch."""
    return time.time() + seconds


def hour() -> float:
    """Return the time in an hour, in seconds since the epoch."""
    return within(3600)


async def says(visit: Visit, part: str) -> bool:
    return part in await visit.page.inner_text(WHY)


async def lists(visit: Visit, *symbols: str) -> bool:
    return {*await visit.cells()} == {*symbols}


async def notes(visit: Visit, begin: str) -> bool:
    return (await visit.page.inner_text("#notice")).startswith(begin)


async def test_without_a_cookie_the_page_asks_for_a_token_and_keeps_it_for_its_tab(door: Door) -> None:
    shown: list[str | None] = []

    def note(request: Request) -> None:
        if "/v1/" in request.url:
            shown.append(request.headers.get("authorization"))

    async with closed(door) as visit:
        page = visit.page
        await eventually(lambda: says(visit, "These prices are for those who have a token."))
        assert await page.evaluate("document.activeElement.id") == "token"
        assert await page.get_attribute("#token", "type") == "password"
        await hand_in(page, "nonsense")
        await eventually(lambda: says(visit, "That token is not taken: the token is no JWT"))
        assert await page.get_attribute("#token", "aria-invalid") == "true"
        page.on("request", note)
        # What the page has asked for without a token is no part of the next one.
        page.on("framenavigated", lambda _: shown.clear())
        token = door.token("AAPL", "M*", exp=hour())
        await hand_in(page, f"Bearer {token}")
        await eventually(lambda: is_live(visit))
        await eventually(lambda: page.locator("#rows tr[data-symbol=AAPL]").count())
        assert all(symbol == "AAPL" or symbol.startswith("M") for symbol in await visit.cells())
        assert not await page.locator("#access").is_visible()
        assert {*shown} == {f"Bearer {token}"}
        assert token not in page.url
        assert token not in await page.evaluate("JSON.stringify(localStorage)")
        assert (await page.inner_text("#token-until")).startswith("until ")
        # The next visit in this tab needs no more; another tab is asked again.
        await page.reload()
        await eventually(lambda: is_live(visit))
        other = await page.context.new_page()
        await other.goto(page.url)
        await other.locator("#token").wait_for()
        assert await visit.violations() == []


async def test_a_token_that_ends_soon_is_replaced_while_prices_go_on(door: Door) -> None:
    async with closed(door, token=lambda: door.token("*", exp=within(240))) as visit:
        page = visit.page
        await eventually(lambda: is_live(visit))
        await eventually(lambda: says(visit, "Your token expires at "))
        assert await page.evaluate("document.activeElement === document.body")
        await page.evaluate("window.same = true")
        async with page.expect_response(lambda answer: answer.request.method == "PATCH") as patched:
            await hand_in(page, door.token("*", exp=hour()))
        assert (await patched.value).ok
        await eventually(lambda: notes(visit, "Token taken: until "))
        assert not await page.locator("#access").is_visible()
        received = await page.inner_text("#bytes")
        await eventually(lambda: differs(visit, "#bytes", received))
        assert await is_live(visit)
        assert await page.inner_text("#reconnects") == "0"
        assert await page.evaluate("same")


async def test_a_token_that_has_expired_is_said_to_be_and_another_brings_prices_back(door: Door) -> None:
    async with closed(door, token=lambda: door.token("*", exp=hour())) as visit:
        page = visit.page
        await eventually(lambda: is_live(visit))
        await page.click("#token-other")
        assert await page.evaluate("document.activeElement.id") == "token"
        await hand_in(page, door.token("*", exp=within(15)))
        await eventually(lambda: says(visit, "Your token expires at "))
        await page.click("#token-later")
        await page.locator("#access").wait_for(state="hidden")
        await eventually(lambda: says(visit, "expired"))
        assert await page.get_attribute("body", "data-tone") != "live"
        await hand_in(page, door.token("*", exp=hour()))
        await eventually(lambda: is_live(visit))
        await page.locator("#access").wait_for(state="hidden")
        await page.click("#token-other")
        await page.click("#token-forget")
        await eventually(lambda: says(visit, "These prices are for those who have a token."))


async def test_what_a_token_does_not_allow_is_said_in_words(door: Door) -> None:
    async with closed(door, "?symbols=AAPL,MSFT", token=lambda: door.token("AAPL", exp=hour())) as visit:
        await eventually(lambda: notes(visit, "This list was refused: your token does not allow MSFT;"))
        await eventually(lambda: is_live(visit))
        await eventually(lambda: lists(visit, "AAPL"))
        await visit.page.click("#token-other")
        await hand_in(visit.page, door.token("AAPL", delay=15))
        await eventually(lambda: says(visit, "minutes late; those of this gateway are live"))
        assert await says(visit, "It allows AAPL, 15 minutes late.")
        # The one before still counts.
        assert await is_live(visit)
        await hand_in(visit.page, door.token("AAPL", "M*", exp=hour()))
        # A wider one brings the list back.
        await eventually(lambda: lists(visit, "AAPL", "MSFT"))
        await eventually(lambda: has_price(visit, "MSFT"))
        await eventually(lambda: is_live(visit))


async def test_a_token_that_allows_nothing_is_not_taken_for_a_refused_list(door: Door) -> None:
    async with closed(door, "?symbols=AAPL,MSFT", token=lambda: door.token(exp=hour())) as visit:
        await eventually(lambda: says(visit, "Not allowed: the token allows to read nothing"))
        assert await visit.page.inner_text("#notice") == ""
        await hand_in(visit.page, door.token("*", exp=hour()))
        await eventually(lambda: is_live(visit))
        await eventually(lambda: lists(visit, "AAPL", "MSFT"))


async def test_a_page_with_the_cookie_is_asked_for_nothing(door: Door) -> None:
    async with closed(door) as visit:
        await visit.page.locator("#access").wait_for()
        cookie = {"name": "__Host-tickcast", "value": door.token("*"), "url": "https://127.0.0.1/"}
        await visit.page.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Strict"}])
        await visit.page.reload()
        await eventually(lambda: is_live(visit))
        assert not await visit.page.locator("#access").is_visible()
        assert not await visit.page.locator("#token-row").is_visible()


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_no_violation_in_the_form(door: Door, width: int) -> None:
    install_packages()
    axe = (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    async with closed(door, viewport={"width": width, "height": 800}, reduced_motion="reduce") as visit:
        await eventually(lambda: says(visit, "These prices are for those"))
        await visit.page.evaluate(axe)
        found = await visit.page.evaluate("axe.run()")
        assert found["violations"] == []
        assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
