"""A page of another origin behind nginx, in a browser: live with a token or the cookie, else refused."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from tests.support.eventually import eventually
from tests.support.granted import Door
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.stack import Stack, running_stack
from tests.web.browser import Visit, visiting
from tests.web.test_origins import serving
from tickcast.bench.balancer import configure

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}


class Site(NamedTuple):
    """nginx before a gateway with keys, and pages of two other origins."""

    door: Door
    stack: Stack
    url: str
    desk: str
    """A page that is listed."""
    stranger: str
    visit: Visit

    async def read(self, path: str, options: str = "{}") -> object:
        """Return what the page gets when it asks nginx: the status and Retry-After; None: nothing."""
        asked = f"fetch('{self.url}{path}', {options})"
        return await self.visit.page.evaluate(
            f"{asked}.then((answer) => [answer.status, answer.headers.get('retry-after')], () => null)"
        )

    async def follow(self, options: str) -> None:
        """Let the page follow a symbol with these options."""
        await self.visit.page.evaluate(
            f"""async () => {{
              const {{ Tickcast }} = await import("{self.url}/tickcast.js");
              window.stream?.close();
              window.stream = new Tickcast({{ url: "{self.url}/v1/stream", symbols: ["AAPL"], {options} }});
            }}"""
        )

    async def has(self, *symbols: str) -> bool:
        """Tell whether the stream is open and has prices of these."""
        state = await self.visit.page.evaluate("[stream.state.link, [...stream.ticks.keys()].sort()]")
        return bool(state == ["open", [*symbols]])


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A gateway with keys behind nginx."""
    port, health, listed, other = (free_port() for _ in range(4))
    door, folder = Door(tmp_path), tmp_path / "nginx"
    folder.mkdir(mode=0o777)
    allowed = f"http://127.0.0.1:{listed}"
    (folder / "origins.map").write_text(f'x "{allowed}";\n', "utf-8")
    settings = door.settings | {"cors_origins": allowed, "trusted_proxies": "127.0.0.0/8"}
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(running_stack(1, gateway=settings, **MARKET))
        main = configure(folder, port, health, int(stack.url.rpartition(":")[2]))
        opened.enter_context(running_nginx(folder, main, health))
        desk = await opened.enter_async_context(serving(listed, url))
        stranger = await opened.enter_async_context(serving(other, url))
        visit = await opened.enter_async_context(visiting("about:blank"))
        yield Site(door, stack, url, desk, stranger, visit)


@asynccontextmanager
async def without_gateway(site: Site) -> AsyncIterator[None]:
    """Stop the gateway: nginx answers itself."""
    [gateway] = site.stack.gateways.values()
    await gateway.stop()
    yield


async def test_a_listed_page_is_live_with_a_token_and_reads_why_it_is_refused(site: Site) -> None:
    await site.visit.page.goto(site.desk)
    token = site.door.token("A*", "MSFT", exp=2_000_000_000)
    await site.follow(f"token: () => '{token}'")
    await eventually(lambda: site.has("AAPL"))
    # A change and a resumption are preceded by preflights.
    await site.visit.page.evaluate("stream.add('MSFT')")
    await eventually(lambda: site.has("AAPL", "MSFT"))
    assert [url for url in site.visit.requests if "/v1/streams/" in url]
    bearer = json.dumps({"headers": {"authorization": f"Bearer {token}", "last-event-id": "x.1"}})
    assert await site.read("/v1/snapshot?symbols=AAPL", bearer) == [200, None]
    assert await site.read("/v1/snapshot") == [401, None]
    assert await site.read("/v1/snapshot?symbols=ZZZ", bearer) == [403, None]
    large = f"{{method: 'PATCH', body: 'x'.repeat(200_000), headers: {{authorization: 'Bearer {token}'}}}}"
    assert await site.read("/v1/streams/a.b", large) == [413, None]
    async with without_gateway(site):
        assert await site.read("/v1/snapshot", bearer) == [503, "2"]
        assert await site.read("/v1/streams/a.b", "{method: 'PATCH', body: '{}'}") == [503, "2"]
        # An EventSource comes back by itself: it is told when, and is not put off for good.
        assert await site.read("/v1/stream") == [200, None]


async def test_a_listed_page_of_the_same_site_is_live_with_the_cookie(site: Site) -> None:
    await site.visit.page.context.add_cookies(
        [
            {
                "name": "__Host-tickcast",
                "value": site.door.token("AAPL", exp=2_000_000_000),
                "url": "https://127.0.0.1/",
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    await site.visit.page.goto(site.desk)
    await site.follow("withCredentials: true")
    await eventually(lambda: site.has("AAPL"))
    assert await site.read("/v1/snapshot?symbols=AAPL", "{credentials: 'include'}") == [200, None]
    # It goes only where that is asked for.
    assert await site.read("/v1/snapshot?symbols=AAPL") == [401, None]


async def test_a_page_of_a_third_origin_is_refused_with_whatever_it_has(site: Site) -> None:
    await site.visit.page.goto(site.stranger)
    token = site.door.token("*", exp=2_000_000_000)
    bearer = json.dumps({"headers": {"authorization": f"Bearer {token}"}})
    for options in ("{}", "{credentials: 'include'}", bearer, "{method: 'PATCH', body: '{}'}"):
        assert await site.read("/v1/snapshot", options) is None
    # Neither does it get what any server answers to whoever asks without CORS.
    assert await site.read("/v1/snapshot", "{mode: 'no-cors'}") in (None, [0, None])
    await site.visit.page.wait_for_function("document.readyState === 'complete'")
    await eventually(lambda: any("CORS" in text for text in site.visit.complaints))
    async with without_gateway(site):
        for options in ("{}", bearer):
            assert await site.read("/v1/snapshot", options) is None
