"""Reading a request: whole headers, and a body within bounds of size and time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request

from tickcast.gateway.protocol.request import STREAM
from tickcast.gateway.protocol.stream_body import MAX_BODY, Parameters, check_type, joined, parse_body
from tickcast.runtime.problem import Problem

BODY_SECONDS = 10.0
"""Seconds within which a body must arrive."""


PREFIX = "tickcast.prefix"
"""Key of the scope: the path under which the gateway is mounted in an app."""


def prefix_of(scope: Mapping[str, Any]) -> str:
    """Return the path under which the gateway is mounted, as clients know it; empty: it is not."""
    prefix: str = scope.get(PREFIX, "")
    return prefix


def header(request: Request, name: str) -> str:
    """Return a header as one comma list, which may come on several lines (RFC 9110, section 5.3)."""
    return ", ".join(request.headers.getlist(name))


def origin(request: Request) -> tuple[str, str]:
    """Return the address of the connection, empty if it has none, and what proxies say of the client's."""
    return request.client.host if request.client else "", header(request, "x-forwarded-for")


async def stream_parameters(request: Request, query: dict[str, str]) -> Parameters:
    """Return the parameters of a stream, in a query and in the body of a QUERY or POST. Raises Problem."""
    if request.method in ("GET", "HEAD"):
        return query
    try:
        check_type(header(request, "content-type"), header(request, "content-encoding"))
    except Problem as refused:
        refused.headers["connection"] = "close"  # the body is not read
        raise
    body = await read_body(request.stream(), MAX_BODY)
    return joined(query, parse_body(body, STREAM))


async def read_body(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """Return a whole body of at most `max_bytes` bytes. Raises Problem."""
    # The rest of the body is not read, so the connection cannot carry another request.
    close = {"connection": "close"}
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in chunks:
                body += chunk
                if len(body) > max_bytes:
                    raise Problem(413, f"the body has more than {max_bytes} bytes", close)
    except TimeoutError:
        raise Problem(408, f"the body has not come within {BODY_SECONDS:g} s", close) from None
    return bytes(body)
