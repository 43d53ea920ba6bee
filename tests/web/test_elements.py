"""The elements for other people's pages: one stream, the newest prices, and their state always in sight."""

import re
import signal

import httpx2
import pytest

from tests.support.eventually import eventually
from tests.support.stack import Stack
from tests.web.elements import are, live, page_of_the_docs, page_with, showing, shown, streams
from tests.web.fed import fed
from tests.web.node import HERE, install_packages, node
from tickcast.wire.instrument import Instrument

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'"


async def test_the_page_of_the_docs_is_live_as_written() -> None:
    async with live(page_of_the_docs()) as (visit, _):
        await eventually(lambda: are(visit, ["sim"]))
        [price] = await shown(visit)
        assert re.fullmatch(r"[\d,]+\.\d\d", price["price"])
        assert re.fullmatch(r"[+−]?\d+\.\d\d%", price["change"])
        text = await visit.page.evaluate("document.querySelector('tickcast-ticker').shadowRoot.textContent")
        assert re.search(r"AAPL.*MSFT.*TSLA", text)
        assert len(streams(visit)) == 1
        assert visit.complaints == []
        # What was loaded describes these symbols alone.
        assert [url for url in visit.requests if "/v1/symbols?symbols=" in url]
        assert [url for url in visit.requests if url.endswith("/v1/symbols")] == []


async def test_two_hundred_elements_share_one_stream_which_follows_them() -> None:
    many = "".join(
        f'<tickcast-price symbol="{symbol}"></tickcast-price>' for symbol in ("AAPL", "MSFT") * 100
    )
    async with live(page_with(many), **{"content-security-policy": POLICY}) as (visit, stack):
        await eventually(lambda: are(visit, ["sim"] * 200))
        await visit.page.evaluate("document.querySelector('tickcast-price').setAttribute('symbol', 'tsla')")
        await eventually(lambda: are(visit, ["sim"] * 200))
        assert len(streams(visit)) == 1
        sizes = "document.querySelectorAll('tickcast-price').forEach((each) => each.remove())"
        await visit.page.evaluate(sizes)
        await eventually(lambda: has_no_stream(stack))
        await visit.page.evaluate(
            "document.body.append(Object.assign(document.createElement('tickcast-price'), {id: 'again'}));"
            "document.getElementById('again').setAttribute('symbol', 'AAPL')"
        )
        await eventually(lambda: are(visit, ["sim"]))
        assert await visit.violations() == []


async def has_no_stream(stack: Stack) -> bool:
    async with httpx2.AsyncClient() as client:
        text = (await client.get(f"{stack.gateways['gw-1'].url}/metrics")).text
    [count] = re.findall(r"^tickcast_gateway_clients(?:\{[^}]*\})? (\S+)", text, re.MULTILINE)[:1]
    return float(count) == 0


async def test_the_price_is_the_newest_and_says_what_it_is() -> None:
    async with fed(Instrument("AAPL", "Apple", "0.01", "100", "USD")) as page:
        html = page_with(
            '<tickcast-price symbol="aapl" show="symbol name price change"></tickcast-price>'
            '<tickcast-price symbol="GONE"></tickcast-price><tickcast-price symbol="A,B"></tickcast-price>'
            '<tickcast-price symbol="A&quot;"></tickcast-price><tickcast-price></tickcast-price>'
        )
        await page.tick("AAPL", 1, "101.50")
        async with showing(page.visit, page.url, html) as visit:
            await eventually(
                lambda: are(visit, ["live", "no price", "wrong symbol", "wrong symbol", "wrong symbol"])
            )

            async def reads(price: str, change: str) -> bool:
                first = (await shown(visit))[0]
                texts = [first[part] for part in ("symbol", "name", "price", "change")]
                return texts == ["AAPL", "Apple", price, change]

            await eventually(lambda: reads("101.50", "+1.50%"))
            await page.tick("AAPL", 2, "99.25")
            await eventually(lambda: reads("99.25", "−0.75%"))
            titles = await visit.page.evaluate(
                "[...document.querySelectorAll('tickcast-price')].map(({ shadowRoot }) =>"
                " shadowRoot.querySelector('.state').title)"
            )
            assert titles[0] == "Live"
            assert "a symbol is 1 to 64" in titles[3]
            assert titles[4] == "no symbol is named"


async def test_an_element_with_a_wrong_address_says_so_and_lives_until_it_is_mended() -> None:
    async with fed(Instrument("AAPL", "Apple", "0.01", "100", "USD")) as page:
        html = page_with(
            '<tickcast-price symbol="AAPL" url="http://["></tickcast-price>'
            '<tickcast-price symbol="AAPL" url="javascript:1"></tickcast-price>'
            '<tickcast-ticker symbols="AAPL" url="http://["></tickcast-ticker>'
            '<tickcast-price symbol="AAPL"></tickcast-price>'
        )
        await page.tick("AAPL", 1, "101.50")
        async with showing(page.visit, page.url, html) as visit:
            await eventually(lambda: are(visit, ["wrong address", "wrong address", "live"]))
            line = "document.querySelector('tickcast-ticker').shadowRoot.querySelector('.state')"
            assert await visit.page.evaluate(f"[{line}.textContent, {line}.title]") == [
                "wrong address",
                "not an address of a stream: http://[",
            ]
            await visit.page.evaluate(
                "document.querySelectorAll('[url]').forEach((each) => each.removeAttribute('url'))"
            )
            await eventually(lambda: are(visit, ["live"] * 3))
            await eventually(lambda: visit.page.evaluate(f"{line}.textContent === 'live'"))
            await visit.page.evaluate(
                "document.querySelector('tickcast-price').setAttribute('url', 'http://[')"
            )
            await eventually(lambda: are(visit, ["wrong address", "live", "live"]))
            assert visit.complaints == []


async def test_a_price_that_may_be_old_is_never_called_live() -> None:
    html = page_with('<tickcast-price symbol="AAPL"></tickcast-price>')
    async with live(html) as (visit, stack):
        await eventually(lambda: are(visit, ["sim"]))
        stack.publisher.signal(signal.SIGSTOP)
        await eventually(lambda: are(visit, ["stale, sim"]))
        assert await visit.page.get_attribute("tickcast-price", "data-state") == "stale"
        stack.publisher.signal(signal.SIGCONT)
        await eventually(lambda: are(visit, ["sim"]))
        stack.gateways["gw-1"].signal(signal.SIGKILL)
        await eventually(lambda: are(visit, ["stale, sim"]))
        heard = (
            "document.querySelector('tickcast-price').shadowRoot.querySelector('[role=status]').textContent"
        )
        await eventually(lambda: visit.page.evaluate(f"{heard}.startsWith('Prices: Reconnecting')"))


async def test_a_page_cannot_style_the_state_away() -> None:
    style = (
        "<style>tickcast-price *, .state { display: none !important }"
        "tickcast-price::part(state), tickcast-price::part(price) { display: none }</style>"
    )
    html = page_with('<tickcast-price symbol="AAPL"></tickcast-price>', style)
    async with live(html) as (visit, _):
        await eventually(lambda: are(visit, ["sim"]))
        widths = await visit.page.evaluate(
            "['.price', '.state'].map((name) => document.querySelector('tickcast-price').shadowRoot"
            ".querySelector(name).getBoundingClientRect().width)"
        )
        assert widths[0] == 0
        assert widths[1] > 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation(scheme: str) -> None:
    node()
    install_packages()
    axe = (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    html = (
        page_of_the_docs()
        .replace("<style>", "<style>:root { color-scheme: light dark; background: Canvas }")
        .replace("--tickcast-up: teal", "")
    )
    async with live(html, scheme=scheme) as (visit, _):
        await eventually(lambda: are(visit, ["sim"]))
        await visit.page.evaluate(axe)
        found = await visit.page.evaluate(
            "axe.run({ rules: { region: { enabled: false }, 'landmark-one-main': { enabled: false },"
            " 'page-has-heading-one': { enabled: false } } }).then(({ violations }) =>"
            " violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))"
        )
        assert found == []
