"""Follows a stream over reconnects, and reports the state of the connection in words."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

import httpx2

from tickcast.cli.proxy import http_client, through
from tickcast.cli.reconnect import (
    CONNECT_TIMEOUT,
    DEFAULT_RETRY,
    SILENCE,
    StreamRefusedError,
    may_change,
    refusal,
)

_TIMEOUT = httpx2.Timeout(CONNECT_TIMEOUT, read=SILENCE)
_MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event at most: far more than a snapshot of all symbols takes."""


async def follow(
    url: str, params: dict[str, str], say: Callable[[str], None]
) -> AsyncGenerator[httpx2.ServerSentEvent, None]:
    """Yield the events of `url`/v1/stream for ever, over reconnects.

    `say` is called with the state of the connection. Raises StreamRefusedError, and UserError if the proxy
    of the environment cannot be used.
    """
    last_event_id, retry = "", DEFAULT_RETRY
    way = through(url)
    async with http_client(url, _TIMEOUT) as http:
        while True:
            say(f"connecting to {url}")
            headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
            ended = "the server closed the stream"
            try:
                async with http.sse(
                    f"{url}/v1/stream", params=params, headers=headers, max_event_size=_MAX_EVENT
                ) as source:
                    ended = await _refusal(source.response, way) or ended
                    if source.response.status_code == 200:
                        async for event in source:
                            # The decoder forgets the id with each connection; this variable keeps it.
                            last_event_id = event.id or last_event_id
                            retry = retry if event.retry is None else event.retry
                            yield event
            except httpx2.TimeoutException:
                ended = f"no answer in time{way}"
            except httpx2.HTTPError as error:
                ended = (str(error) or type(error).__name__) + way
            for left in range(retry, 0, -500):
                say(f"{ended}; again in {left / 1000:.1f} s")
                await asyncio.sleep(min(left, 500) / 1000)


async def _refusal(response: httpx2.Response, way: str) -> str | None:
    """Return the reason why there is no stream now, None if there is a stream.

    `way` names the proxy. Raises StreamRefusedError if a later request would get the same answer.
    """
    if response.status_code == 200:
        return None
    if may_change(response.status_code):
        return f"HTTP {response.status_code}{way}"
    error = refusal(response.status_code, await response.aread())
    raise StreamRefusedError(f"{error}{way}")


async def symbols_of(url: str) -> list[dict[str, Any]]:
    """Return the list of `/v1/symbols`, empty if the server does not answer. Numbers are decimal text."""
    try:
        async with http_client(url, 5.0) as http:
            answer = await http.get(f"{url}/v1/symbols")
            listed = json.loads(answer.text, parse_float=str)
    except (httpx2.HTTPError, ValueError):
        return []
    return listed if isinstance(listed, list) and answer.status_code == 200 else []
