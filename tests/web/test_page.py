"""The page in Chromium, against real gateways: it fills, follows, shows its state, and comes back."""

import json
import signal
from pathlib import Path

import httpx2
import pytest

from tests.support.eventually import eventually
from tests.support.stack import running_stack
from tests.web.browser import Visit, visiting
from tests.web.truth import shows_the_snapshot

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


async def test_the_table_fills_follows_and_shows_what_the_snapshot_says() -> None:
    async with running_stack(**MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: shows_rows(visit, 12))
        first = await visit.cells()
        await eventually(lambda: all_moved_on(visit, first))
        stack.publisher.signal(signal.SIGSTOP)

        await eventually(lambda: shows_the_snapshot(visit, stack.url))


async def test_symbols_and_interval_come_from_the_page_address() -> None:
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(f"{stack.url}/?symbols=AAPL,MS*&interval=300") as visit,
    ):
        await eventually(lambda: shows_rows(visit, 2))

        assert sorted(await visit.cells()) == ["AAPL", "MSFT"]
        await eventually(lambda: reads(visit, "#granted", "500 ms"))


async def test_a_clean_run_complains_of_nothing_and_asks_nobody_else() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: shows_rows(visit, 12))
        await eventually(lambda: all_named(visit))

        assert visit.complaints == []
        assert await visit.violations() == []
        assert [url for url in visit.requests if not url.startswith(f"{stack.url}/")] == []


async def test_a_killed_gateway_is_told_and_the_other_one_takes_over() -> None:
    async with running_stack(2, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: says(visit, "Live"))
        await eventually(lambda: shows_rows(visit, 12))
        lost = await visit.gateway()
        await visit.hear_status()
        stack.gateways[lost].signal(signal.SIGKILL)
        # The status shows it for a second or two only.
        await eventually(lambda: visit.has_said(r"Reconnecting in \d+ s"))
        before = await visit.cells()

        await eventually(lambda: says(visit, "Live"))
        await eventually(lambda: is_on_one_of(visit, set(stack.gateways) - {lost}))
        await eventually(lambda: all_moved_on(visit, before))


async def test_a_stopped_publisher_is_told_as_stale_with_the_reason_until_it_is_back() -> None:
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: says(visit, "Live"))
        await eventually(lambda: shows_rows(visit, 12))
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: says(visit, "Stale: no heartbeat from the publisher"))
        assert await visit.page.get_attribute("body", "data-tone") == "stale"
        before = await visit.cells()

        stack.publisher.signal(signal.SIGCONT)
        await eventually(lambda: says(visit, "Live"))
        await eventually(lambda: all_moved_on(visit, before))


async def test_a_page_that_a_full_gateway_puts_off_comes_back_and_so_does_an_event_source() -> None:
    full = {"max_connections": 1}
    async with (
        running_stack(1, gateway=full, **MARKET) as stack,
        httpx2.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", f"{stack.url}/v1/stream") as first,
    ):
        assert first.status_code == 200
        async with visiting(stack.url) as visit:
            await eventually(lambda: begins(visit, "No gateway is free"))
            assert await visit.page.evaluate(PLAIN_EVENT_SOURCE_STATE) == 0
            await first.aclose()

            await eventually(lambda: says(visit, "Live"))
            await eventually(lambda: shows_rows(visit, 12))


@pytest.mark.parametrize(
    ("status", "detail", "words", "tone"),
    [
        (401, "the token has expired", "Not signed in: the token has expired", "stale"),
        (403, "no symbols for you", "Not allowed: no symbols for you", "stale"),
        (400, "symbols: '$' is no symbol", "The request was refused: symbols: '$' is no symbol", "stale"),
        (503, "this gateway is full", "No gateway is free: this gateway is full", "wait"),
    ],
)
async def test_a_refusal_is_told_in_words_and_no_price_looks_live(
    status: int, detail: str, words: str, tone: str
) -> None:
    problem = json.dumps({"title": "refused", "status": status, "detail": detail})
    async with running_stack(1, **MARKET) as stack, visiting(stack.url) as visit:
        await eventually(lambda: shows_rows(visit, 12))
        await visit.page.route(
            "**/v1/stream*",
            lambda route: route.fulfill(status=status, content_type="application/problem+json", body=problem),
        )
        [gateway] = stack.gateways.values()
        await visit.page.select_option("#interval", "500")
        await eventually(lambda: begins(visit, words))
        assert await visit.page.get_attribute("body", "data-tone") == tone
        assert gateway.process.poll() is None
        colours = await visit.page.evaluate(
            """[...document.querySelectorAll("#rows td")].map((cell) => getComputedStyle(cell).color)"""
        )
        assert len(set(colours)) == 1
        # Once admitted again it comes back: by itself, or sooner when something is changed.
        await visit.page.unroute("**/v1/stream*")
        if tone == "stale":
            await visit.page.select_option("#interval", "250")
        await eventually(lambda: says(visit, "Live"))


@pytest.mark.parametrize("width", [1024, 390])
async def test_the_facts_of_the_stream_are_at_hand_however_many_rows_there_are(width: int) -> None:
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(stack.url, viewport={"width": width, "height": 800}) as visit,
    ):
        await eventually(lambda: shows_rows(visit, 12))
        if width < 900:
            # There the list comes first, and a link leads behind it.
            await visit.page.click("a.facts")

        async def is_in_sight() -> bool:
            box = await visit.page.locator("#stream summary").bounding_box()
            return box is not None and 0 <= box["y"] < 800

        await eventually(is_in_sight)
        if not await visit.page.is_visible("#gateway"):
            await visit.page.click("#stream summary")
        assert await visit.page.is_visible("#gateway")


async def test_a_long_word_in_the_notice_makes_a_phone_no_wider() -> None:
    phone = {"width": 390, "height": 844}
    async with running_stack(1, **MARKET) as stack, visiting(stack.url, viewport=phone) as visit:
        await eventually(lambda: shows_rows(visit, 12))
        await visit.page.fill("#symbol", "W" * 32)
        await visit.page.press("#symbol", "Enter")
        await eventually(lambda: reads(visit, "#notice", "There is no symbol " + "W" * 32))
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_every_column_without_scrolling_sideways(scheme: str, tmp_path: Path) -> None:
    phone = {"width": 390, "height": 844}
    async with (
        running_stack(1, **MARKET) as stack,
        visiting(stack.url, viewport=phone, color_scheme=scheme, reduced_motion="reduce") as visit,
    ):
        await eventually(lambda: shows_rows(visit, 12))
        await visit.page.screenshot(path=tmp_path / f"{scheme}.png")

        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 390
        # A longer price makes its column wider a moment after it has come.
        await eventually(lambda: columns_fit(visit, 390))
        ground = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (max(map(int, ground[4:-1].split(","))) < 60) == (scheme == "dark")
        # Nothing flashes for a reader who wants no motion.
        assert await visit.page.evaluate("document.getAnimations().length") == 0


PLAIN_EVENT_SOURCE_STATE = """new Promise((resolve) => {
  const source = new EventSource("/v1/stream");
  source.onerror = () => {
    resolve(source.readyState);
    // It would come back, and take the one place that there is.
    source.close();
  };
})"""


COLUMNS = """[...document.querySelectorAll("#rows tr:nth-child(2) > *")]
  .filter((cell) => !cell.matches(".remove, .handle, .open, .high, .low, .range, .spread"))
  .map((cell) => cell.getBoundingClientRect()).map(({ right, width }) => [right, width])"""


async def is_on_one_of(visit: Visit, gateways: set[str]) -> bool:
    return await visit.gateway() in gateways


async def columns_fit(visit: Visit, room: float) -> bool:
    columns = await visit.page.evaluate(COLUMNS)
    return bool(columns) and all(width > 20 and right <= room for right, width in columns)


async def begins(visit: Visit, words: str) -> bool:
    return (await visit.status()).startswith(words)


async def reads(visit: Visit, place: str, words: str) -> bool:
    return await visit.page.inner_text(place) == words


async def says(visit: Visit, words: str) -> bool:
    return await visit.status() == words


async def shows_rows(visit: Visit, count: int) -> bool:
    return len(await visit.cells()) == count


async def all_named(visit: Visit) -> bool:
    return all(row[1] != "–" for row in (await visit.cells()).values())


async def all_moved_on(visit: Visit, before: dict[str, list[str]]) -> bool:
    now = await visit.cells()
    return all(now[symbol] != row for symbol, row in before.items())
