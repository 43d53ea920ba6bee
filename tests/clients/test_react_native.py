"""`react-native-sse` goes on exactly where it was cut, where the app opens it again after an error.

React Native has no events of its own, so apps read them by XMLHttpRequest, as this library does. That runs
here in Chromium.
"""

import signal
from pathlib import Path

import pytest
from playwright.async_api import Page, Route

from tests.clients.judge import Judge, parse_line
from tests.clients.worlds import World
from tests.support.eventually import eventually
from tests.web.browser import chromium
from tests.web.node import install_packages

pytestmark = pytest.mark.browser

CLIENTS = Path(__file__).parent / "node"
LIBRARY = CLIENTS / "node_modules" / "react-native-sse" / "src" / "EventSource.js"

READ = """async () => {
  const { default: EventSource } = await import("/react-native-sse.js");
  window.printed = [];
  const print = (event, data) => printed.push(`{"at":${Date.now()}000,"event":"${event}","data":${data}}`);
  const source = new EventSource("/v1/stream");
  for (const name of ["hello", "snapshot", "tick", "gap", "status", "heartbeat", "bye"]) {
    source.addEventListener(name, ({ data }) => print(name, data));
  }
  // After an answer that ended in order it comes back by itself; after anything else it does not.
  source.addEventListener("error", ({ xhrStatus }) => {
    print("error", `"${xhrStatus}"`);
    setTimeout(() => source.open(), 500);
  });
}"""


async def judged(page: Page) -> Judge:
    """Return the judge of all that was read so far."""
    judge = Judge()
    judge.take(parse_line(line.encode()) for line in await page.evaluate("printed"))
    return judge


async def test_it_goes_on_exactly_after_a_gateway_was_killed_and_after_one_has_drained() -> None:
    install_packages(CLIENTS)

    async def library(route: Route) -> None:
        await route.fulfill(path=LIBRARY, content_type="text/javascript")

    async with World() as world, chromium() as browser:
        first = await world.gateway(drain=1)
        page = await (await browser.new_context()).new_page()
        await page.route("**/react-native-sse.js", library)
        await page.goto(f"{world.url}/icon.svg")
        async with world.feeding(200):
            await page.evaluate(READ)

            async def connected(times: int) -> bool:
                judge = await judged(page)
                return len(judge.hellos) >= times and judge.since_hello > 0

            await eventually(lambda: connected(1))
            second = await world.gateway(drain=1)
            first.signal(signal.SIGKILL)
            await eventually(lambda: connected(2))
            await world.gateway(drain=1)
            assert await second.stop() == 0
            await eventually(lambda: connected(3))

        async def level() -> bool:
            return not (await judged(page)).behind(world.feeder.counts)

        await eventually(level)
        judge = await judged(page)
        # How late a busy machine was is not its fault.
        assert [each.what for each in judge.findings if not each.what.endswith(" late")] == []
        assert judge.told == []
        assert [each.data["resumed"] for each in judge.hellos][1:] == ["replayed"] * (len(judge.hellos) - 1)
