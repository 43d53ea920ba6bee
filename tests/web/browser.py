"""Chromium, and checks for what must never happen in it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Error, Page, async_playwright

from tests.support.tools import need
from tests.web.shared import shared_here

FEATURES_OFF = (
    # For these each new window starts two processes, to be ready when somebody types an address.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    # A second list of this kind replaces the first, which is Playwright's; so this has it too.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)

ARGUMENTS = [
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Runs before the page's own scripts.
WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
  (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""

OPTIONAL = "'.open, .high, .low, .range, .spread'"
"""The cells of columns that are shown only if they are chosen, as JavaScript."""

AXE = "axe.run({ resultTypes: ['violations'] })"
"""Looks for what hinders people; what is fine need not be listed."""

HEAR_STATUS = """
window.said = [];
const pill = document.querySelector(".pill");
new MutationObserver(() => said.push(pill.textContent.trim().replace(/\\s+/g, " ")))
  .observe(pill, { childList: true, characterData: true, subtree: true });
"""


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[Browser]:
    """Start a Chromium with these arguments; a test is skipped, or fails in CI, where there is none."""
    program = need("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
        yield browser
        await browser.close()


@asynccontextmanager
async def chromium(*arguments: str) -> AsyncIterator[Browser]:
    """Give the shared Chromium, or one with these arguments; contexts that are new end with the block."""
    shared = shared_here()
    if arguments or not shared:
        async with started(*arguments) as browser:
            yield browser
        return
    browser = await shared.once("chromium", started, Browser.is_connected)
    others = set(browser.contexts)
    try:
        yield browser
    finally:
        for context in set(browser.contexts) - others:
            await context.close()


class Visit:
    """An open page, with its requests and complaints so far."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        """Console errors and warnings, and uncaught exceptions."""
        self.requests: list[str] = []
        """Every address requested."""
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    async def violations(self) -> list[str]:
        """Return what the content security policy refused."""
        refused: list[str] = await self.page.evaluate("violations")
        return refused

    async def status(self) -> str:
        """Return the text of the status line that screen readers read out."""
        return await self.page.inner_text("#status-text")

    async def hear_status(self) -> None:
        """Record every text of the status line from now on, however short-lived, for `has_said`."""
        await self.page.evaluate(f"() => {{ {HEAR_STATUS} }}")

    async def has_said(self, pattern: str) -> bool:
        """Tell whether the status line has said these words since."""
        return any(re.fullmatch(pattern, words) for words in await self.page.evaluate("said"))

    async def detail(self) -> str:
        """Return the text beside it, which counts seconds."""
        return await self.page.inner_text("#status-detail")

    async def gateway(self) -> str:
        """Return the id of the gateway that the page shows."""
        return await self.page.inner_text("#gateway")

    async def cells(self) -> dict[str, list[str]]:
        """Return the texts of every row, by symbol: of all columns but the trend and those to be chosen."""
        rows: dict[str, list[str]] = await self.page.evaluate(
            """Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) =>
                 [row.dataset.symbol, [...row.cells].slice(0, -2).filter((cell) => !cell.matches(OPTIONAL))
                   .map(({ textContent }) => textContent)]))""".replace("OPTIONAL", OPTIONAL)
        )
        return rows

    async def report(self) -> str:
        """Return what the page shows and has requested, for the message of a failed test."""
        try:
            shown = await self.page.inner_text("body", timeout=5000)
        except Error as error:
            shown = str(error)
        return "\n".join(["--- the page showed:", shown, *self.complaints, *self.requests[-40:]])

    async def order(self) -> list[str]:
        """Return the symbols of the visible rows, from top to bottom."""
        shown: list[str] = await self.page.evaluate(
            """[...document.querySelectorAll("#rows tr:not([hidden])")].map((row) => row.dataset.symbol)"""
        )
        return shown


async def choose(visit: Visit, value: str) -> None:
    """Choose a radio button of the page, also while what is above it changes and moves it."""
    await visit.page.locator(f"input[value={value}]").dispatch_event("click")


@asynccontextmanager
async def visiting(url: str, **context: Any) -> AsyncIterator[Visit]:
    """Open `url` in a fresh Chromium whose clock shows UTC, unless `context` names another zone.

    What it showed is added to whatever exception leaves the block.
    """
    async with chromium() as browser:
        page = await (await browser.new_context(**{"timezone_id": "UTC"} | context)).new_page()
        await page.add_init_script(WATCH_POLICY)
        visit = Visit(page)
        await page.goto(url)
        try:
            yield visit
        except BaseException as error:
            error.add_note(await visit.report())
            raise
