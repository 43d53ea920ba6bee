"""The samples of the docs for a page, in Chromium, served by the gateways of README.md's `make up`."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route

from tests.docs.clone import Clone
from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.web.tabs import browser_context

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><title>Docs</title>
<script>
const seen = new Map();
function show(tick) { seen.set(tick.S, (seen.get(tick.S) ?? 0) + 1); }
const draw = show;
</script>
<script type="module">
SAMPLE
window.stream = stream;
</script>"""


@pytest.mark.parametrize(
    ("sample", "symbols"),
    [
        (block("README.md", "Use it from a browser", 0), {"AAPL", "MSFT", "TSLA"}),
        (block("README.md", "Use it from a browser", 1), {"AAPL", "MSFT"}),
        (block("docs/browser.md", "tickcast.js"), {"MSFT", "TSLA"}),
    ],
    ids=["README", "EventSource", "browser.md"],
)
async def test_a_sample_shows_the_prices_that_it_names(
    sample: str, symbols: set[str], up: Path, clone: Clone
) -> None:
    async with browser_context() as context:
        page = await context.new_page()
        errors = await served(page, clone, sample)

        async def all_twice() -> bool:
            counts = await page.evaluate("Object.fromEntries(seen)")
            return all(counts.get(each, 0) > 1 for each in symbols)

        await eventually(all_twice)
        assert errors == []
        if "tickcast.js" in sample:
            assert symbols <= {*await page.evaluate("stream.symbols")} | {"MSFT"}
            assert "AAPL" in symbols or "AAPL" not in await page.evaluate("stream.symbols")


async def test_a_token_of_an_own_address_goes_with_the_stream(up: Path, clone: Clone) -> None:
    async with browser_context() as context:
        page = await context.new_page()
        tokens: list[str | None] = []

        async def give(route: Route) -> None:
            await route.fulfill(body="a.b.c")

        def note(request: Request) -> None:
            if "/v1/stream" in request.url:
                tokens.append(request.headers.get("authorization"))

        await context.route("**/my/token", give)
        page.on("request", note)
        sample = block("docs/access.md", "The end of a token")
        errors = await served(page, clone, f'import {{ Tickcast }} from "/tickcast.js";\n{sample}')
        await eventually(lambda: tokens or errors)
        assert errors == []
        assert tokens[0] == "Bearer a.b.c"


async def served(page: Page, clone: Clone, sample: str) -> list[str]:
    """Open a page with a sample on the gateways' origin; return where its errors come."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    async def answer(route: Route) -> Any:
        await route.fulfill(content_type="text/html", body=PAGE.replace("SAMPLE", sample))

    await page.route(re.compile("/mine$"), answer)
    await page.goto(f"{clone.url}/mine")
    return errors
