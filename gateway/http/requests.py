"""Reading a request: whole headers, and a body within bounds of size and time."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from tickcast.runtime.problem import Problem

BODY_SECONDS = 10.0
"""Seconds within which a body must arrive."""


def header(request: Request, name: str) -> str:
    """Return a header as one comma list, which may come on several lines (RFC 9110, section 5.3)."""
    return ", ".join(request.headers.getlist(name))


def origin(request: Request) -> tuple[str, str]:
    """Return the address of the connection, empty if it has none, and what proxies say of the client's."""
    return request.client.host if request.client else "", header(request, "x-forwarded-for")


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
