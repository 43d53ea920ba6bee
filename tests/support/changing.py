"""Open streams, and changes of them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.support.event_stream import EventStream, stream


async def patch(url: str, stream: str, body: Any, **request: Any) -> httpx2.Response:
    """Ask for a change."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.patch(f"{url}/v1/streams/{stream}", content=content, **request)


@asynccontextmanager
async def open_stream(url: str, **params: Any) -> AsyncIterator[tuple[EventStream, str]]:
    """Open a stream and take its snapshot; gives it and its id."""
    async with stream(url, **params) as answer:
        hello = await answer.begin()
        yield answer, hello["stream"]


async def reachable(url: str, stream: str) -> bool:
    """Tell whether a change that comes to this gateway is carried to the stream, wherever it is."""
    return (await patch(url, stream, {})).status_code == 200
