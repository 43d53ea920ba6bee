"""The examples of docs/browser.md for plain HTML and Vue, run in Chromium as they stand there."""

import pytest
from playwright.async_api import Page, Route

from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.support.stack import running_stack
from tests.web.node import HERE, install_packages
from tests.web.tabs import browser_context

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}

VUE_PAGE = """<!doctype html><title>Vue</title><div id="app"></div>
<script type="importmap">{"imports": {"vue": "/vue.js", "tickcast": "/tickcast.js"}}</script>
<script type="module">
import { createApp } from "vue";
EXAMPLE
window.app = createApp({
  setup: () => useTicks(["AAPL", "MSFT"]),
  template: `<p id="state">{{ state.link === "open" ? state.feed : state.link }}</p>
    <table><tr v-for="[symbol, tick] of ticks" :key="symbol">
    <td>{{ symbol }}</td><td>{{ tick.p }}</td></tr></table>`,
});
app.mount("#app");
</script>"""


async def shows_moving_prices(page: Page) -> None:
    async def texts() -> list[str]:
        return await page.locator("td").all_text_contents()

    async def there() -> list[str]:
        now = await texts()
        return now if sorted(now[::2]) == ["AAPL", "MSFT"] else []

    before = await eventually(there)
    await page.locator("#state", has_text="live").wait_for()

    async def moved() -> bool:
        return await texts() != before

    await eventually(moved)


@pytest.mark.parametrize("framework", ["html", "vue"])
async def test_an_example_shows_prices_that_move(framework: str) -> None:
    text = block("docs/browser.md", "Plain HTML")
    if framework == "vue":
        install_packages()
        text = VUE_PAGE.replace("EXAMPLE", block("docs/browser.md", "Vue"))
    vue = HERE / "node_modules" / "vue" / "dist" / "vue.esm-browser.prod.js"

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html", body=text)

    async def answer_vue(route: Route) -> None:
        await route.fulfill(content_type="text/javascript", body=vue.read_text("utf-8"))

    async with running_stack(1, **MARKET) as stack, browser_context() as context:
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await context.route("**/example", answer)
        await context.route("**/vue.js", answer_vue)
        await page.goto(f"{stack.url}/example")
        await shows_moving_prices(page)
        assert errors == []
