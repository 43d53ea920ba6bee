"""The body of a request, read within bounds."""

import asyncio
from collections.abc import AsyncIterator

from tickcast.gateway.protocol.problem import Problem

SECONDS = 10.0
"""Time that a body may take."""


async def read_body(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """Return a whole body of at most `most` bytes. Raises Problem."""
    # What is still to come is not waited for.
    close = {"connection": "close"}
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for chunk in chunks:
                body += chunk
                if len(body) > most:
                    raise Problem(413, f"the body has more than {most} bytes", close)
    except TimeoutError:
        raise Problem(408, f"the body has not come within {SECONDS:g} s", close) from None
    return bytes(body)
