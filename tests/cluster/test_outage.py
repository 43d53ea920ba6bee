"""No gateway is left: browsers must go on trying, which they do after an answer of 200 only."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from playwright.async_api import Page, async_playwright

from tests.cluster.cluster import Cluster
from tests.support.eventually import eventually
from tests.support.tools import need

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(300)]

OUTAGE = 20.0
"""Seconds without a gateway."""

OPEN_STREAM = """() => {
  window.seen = {hellos: [], ticks: 0, closed: 0};
  const stream = new EventSource("/v1/stream?symbols=AAPL");
  stream.addEventListener("hello", (event) => seen.hellos.push(JSON.parse(event.data)));
  stream.addEventListener("tick", () => { seen.ticks += 1; });
  stream.addEventListener("error", () => { seen.closed += stream.readyState === EventSource.CLOSED; });
}"""


@pytest.fixture
async def page(cluster: Cluster) -> AsyncIterator[Page]:
    """A page of the cluster's own origin in Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=need("chromium"), args=["--no-sandbox"])
        page = await browser.new_page()
        # A document that may connect to its own origin, and does nothing by itself.
        await page.goto(f"{cluster.url}/tickcast.js")
        yield page
        await browser.close()


async def answers_while_down(url: str, seconds: float) -> list[httpx2.Response]:
    """Ask for the stream again and again for so many seconds, and return every answer."""
    answers = []
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client, asyncio.timeout(seconds + 60):
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            answers.append(await client.get(f"{url}/v1/stream?symbols=AAPL"))
            await asyncio.sleep(0.5)
    return answers


async def test_chromium_comes_back_by_itself_after_20_seconds_without_a_gateway(
    cluster: Cluster, page: Page
) -> None:
    await page.evaluate(OPEN_STREAM)
    await eventually(lambda: page.evaluate("seen.ticks > 0"))
    await cluster.compose("stop", "gateway")
    answers = await answers_while_down(cluster.url, OUTAGE)
    before = await page.evaluate("seen")
    await cluster.compose("start", "gateway")
    await eventually(lambda: page.evaluate(f"seen.hellos.length > {len(before['hellos'])}"))
    await eventually(lambda: page.evaluate(f"seen.ticks > {before['ticks']}"))
    seen = await page.evaluate("seen")
    assert seen["closed"] == 0
    # Its cursor was good on another gateway: it came back exactly where it was.
    assert seen["hellos"][-1]["resumed"] == "replayed"

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.headers["content-type"] for answer in answers} == {"text/event-stream"}
    retries = [re.fullmatch(r"retry: ([1-4]\d{3})\n\n", answer.text) for answer in answers]
    assert all(retries)
    # The answers differ: clients that were cut off together do not come back together.
    assert len({answer.text for answer in answers}) > len(answers) / 2


async def test_without_a_gateway_everything_but_the_stream_is_answered_with_503(cluster: Cluster) -> None:
    await cluster.compose("kill", "gateway")
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        answer = await client.get(f"{cluster.url}/v1/snapshot")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 503
