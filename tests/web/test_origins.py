"""Pages of other origins in a browser: live where they are listed, and refused where they are not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.stack import running_stack
from tests.web.browser import visiting

pytestmark = pytest.mark.browser

MARKET = {"symbols": 12, "rate": 200, "seed": 5}

STATES = "[...document.querySelectorAll('tickcast-price')].map(({ dataset }) => dataset.state).join()"


@asynccontextmanager
async def serving(port: int, url: str) -> AsyncIterator[str]:
    """Serve a page that shows a price of the gateway at `url`; yield the origin of the page."""
    price = f'<tickcast-price symbol="AAPL" url="{url}/v1/stream"></tickcast-price>'
    script = f'<script type="module" src="{url}/elements.js"></script>'
    body = f"<!doctype html><title>Desk</title>{script}{price}".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        )
        writer.write(head % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield f"http://127.0.0.1:{port}"


async def test_a_listed_origin_is_live_and_another_gets_nothing() -> None:
    listed, other = free_port(), free_port()
    allowed = {"cors_origins": f"http://127.0.0.1:{listed}"}
    async with (
        running_stack(1, gateway=allowed, **MARKET) as stack,
        serving(listed, stack.url) as desk,
        serving(other, stack.url) as stranger,
        visiting("about:blank") as visit,
    ):
        await visit.page.goto(desk)

        async def states_are(expected: str) -> bool:
            return bool(await visit.page.evaluate(STATES) == expected)

        await eventually(lambda: states_are("live"))
        # A change of the stream is preceded by a preflight.
        second = f'<tickcast-price symbol="MSFT" url="{stack.url}/v1/stream"></tickcast-price>'
        await visit.page.evaluate(f"document.body.insertAdjacentHTML('beforeend', `{second}`)")
        await eventually(lambda: states_are("live,live"))
        assert len([url for url in visit.requests if "/v1/stream?" in url]) == 1
        assert [url for url in visit.requests if "/v1/streams/" in url]
        assert visit.complaints == []

        await visit.page.goto(stranger)
        await eventually(lambda: any("CORS" in text for text in visit.complaints))
        asked = f"fetch('{stack.url}/v1/snapshot').then(() => true, () => false)"
        assert await visit.page.evaluate(asked) is False
