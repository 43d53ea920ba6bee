"""axe finds no violation, whatever the page looks like."""

import signal
from contextlib import suppress
from typing import Any

import pytest
from playwright.async_api import TimeoutError as NotThere

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import AXE, Visit, visiting
from tests.web.node import HERE, install_packages, node
from tests.web.watchlist import number

pytestmark = pytest.mark.browser

SYMBOLS = 6
MARKET = {"symbols": SYMBOLS, "rate": 200, "seed": 5}
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def axe() -> str:
    node()
    install_packages()
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation(axe: str, scheme: str, viewport: dict[str, int]) -> None:
    # Colours in the middle of a flash must not count.
    looks: dict[str, Any] = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce"}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, **looks) as visit:
        await eventually(lambda: is_drawn(visit))
        await is_fine(visit, axe)
        await visit.page.click("th.percent button")
        # On a phone the chart opens over the list; only the header and the chart are in reach then.
        await visit.page.click("#rows tr:nth-child(2) .last")
        await is_fine(visit, axe)
        await visit.page.check("input[value=line]", force=True)
        await visit.page.click("#full")
        await is_fine(visit, axe)
        await visit.page.click("#full")
        if viewport == PHONE:
            await visit.page.click("[aria-label='Close the chart']")
        await visit.page.click("#pause")
        await is_fine(visit, axe)
        await visit.page.click("#pause")
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: is_stale(visit))
        await is_fine(visit, axe)


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["wide", "phone"])
async def test_axe_finds_no_violation_in_what_opens_over_the_list_or_the_map(
    axe: str, scheme: str, viewport: dict[str, int]
) -> None:
    looks: dict[str, Any] = {"color_scheme": scheme, "viewport": viewport, "reduced_motion": "reduce"}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, **looks) as visit:
        page = visit.page
        await eventually(lambda: is_drawn(visit))
        await page.click("#alerts summary")

        async def ask(text: str) -> None:
            await page.fill("#alert-at", text)
            await page.press("#alert-at", "Enter")

        async def is_raised() -> bool:
            # As soon as the price moves; it may have moved away before both are there.
            price = number(await page.text_content("[data-place=last]") or "")
            await ask(f"{price + 0.01:.2f}")
            await ask(f"{price - 0.01:.2f}")
            with suppress(NotThere):
                await page.locator("#alert-list .raised").first.wait_for(timeout=4000)
                return True
            return False

        # One that stays, and one that is raised.
        await ask("1000000")
        await eventually(is_raised)
        await ask("soon")
        await page.fill("#list-name", "mine", force=True)
        await page.evaluate("document.querySelector('#list-save').requestSubmit()")
        for view in ("list", "map"):
            await page.check(f"input[value={view}]", force=True)
            # With the alerts, which stay open beside the menus.
            for menu in ("#lists", ".chooser:has(#columns)"):
                await page.click(f"{menu} summary")
                assert await violations(visit, axe) == {}, (view, menu)
                await page.keyboard.press("Escape")
            await page.fill("#symbol", "a")
            await page.wait_for_selector("#known:not([hidden]) [role=option]")
            await page.keyboard.press("ArrowDown")
            assert await violations(visit, axe) == {}, (view, "suggestions")
            await page.keyboard.press("Escape")
            await page.fill("#filter", "no such symbol")
            await eventually(lambda: reads_out(visit, "No symbol or name has “no such symbol” in it."))
            assert await violations(visit, axe) == {}, (view, "search")
            await page.fill("#filter", "")
        for theme in ("dark", "light"):
            await page.select_option("#theme", theme)
            assert await violations(visit, axe) == {}, theme


async def test_axe_finds_no_violation_in_a_list_with_handles(axe: str) -> None:
    symbols = "MSFT,AAPL,NVDA,AMD,INTC,META"
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols={symbols}", reduced_motion="reduce") as visit,
    ):
        await eventually(lambda: is_drawn(visit))
        await visit.page.hover("#rows tr:nth-child(2)")
        assert await visit.page.is_visible("#rows tr:nth-child(2) .handle")
        await is_fine(visit, axe)


async def is_fine(visit: Visit, axe: str) -> None:
    """Check the page as it is now, in both palettes."""
    for palette in ("red", "blue"):
        # Full screen hides the choice.
        await visit.page.select_option("#palette", palette, force=True)
        assert await violations(visit, axe) == {}, palette


async def test_only_the_status_and_what_a_search_has_found_are_read_out_by_themselves() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: is_drawn(visit))
        read_out = "[...document.querySelectorAll('[aria-live], [role=status], [role=alert], [role=log]')]"
        assert await visit.page.evaluate(f"{read_out}.map((each) => each.className)") == ["status", "unseen"]
        await visit.page.fill("#filter", "no such symbol")
        await eventually(lambda: reads_out(visit, "No symbol or name has “no such symbol” in it."))
        await visit.page.fill("#filter", "")
        await eventually(lambda: reads_out(visit, f"{SYMBOLS} symbols"))
        # A text that counts seconds would be read out every second.
        assert await visit.page.get_attribute("#status-detail", "aria-hidden") == "true"


async def test_with_a_readers_own_colours_old_prices_and_what_is_chosen_are_still_told_apart() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, forced_colors="active") as visit:
        await eventually(lambda: is_drawn(visit))
        await visit.page.click("#rows tr:nth-child(2) .last")
        await eventually(lambda: looks(visit, "tr.chosen", "outlineStyle", "solid"))
        assert len(set(await visit.page.evaluate(GROUNDS))) == 2
        live = await eventually(lambda: colours_while(visit, "live"))
        stack.publisher.signal(signal.SIGSTOP)
        stale = await eventually(lambda: colours_while(visit, "stale"))
        assert len(stale) == 1
        assert not stale & live


GROUNDS = """[...document.querySelectorAll("#bars label")]
  .map((each) => getComputedStyle(each).backgroundColor)"""

COLOURS = """[document.body.dataset.tone, [...document.querySelectorAll(
  "#rows :is(.last, .change, .time), .price p")].map((each) => getComputedStyle(each).color)]"""


async def colours_while(visit: Visit, tone: str) -> set[str]:
    """Return the colours of prices; none while the page has another tone."""
    now, colours = await visit.page.evaluate(COLOURS)
    return set(colours) if now == tone else set()


async def looks(visit: Visit, place: str, style: str, value: str) -> bool:
    element = f"document.querySelector('{place}') ?? document.body"
    return bool(await visit.page.evaluate(f"getComputedStyle({element}).{style}") == value)


async def reads_out(visit: Visit, words: str) -> bool:
    return await visit.page.inner_text("#found") == words


async def violations(visit: Visit, axe: str) -> dict[str, list[str]]:
    """Return what axe complains of: the elements by rule."""
    # Evaluated, not added as a script: the policy forbids that.
    await visit.page.evaluate(f"() => {{ {axe} }}")
    found: list[dict[str, Any]] = (await visit.page.evaluate(AXE))["violations"]
    return {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found}


async def is_drawn(visit: Visit) -> bool:
    label = await visit.page.get_attribute("[data-place=chart]", "aria-label") or ""
    return "close" in label and len(await visit.order()) == SYMBOLS


async def is_stale(visit: Visit) -> bool:
    return (await visit.status()).startswith("Stale")
