"""A client that reads nothing for a while, on a fast feed: its bytes have to wait in the gateway.

The gateway notices that a socket is full. Then it keeps nothing for that client, and sends a `gap` and the
newest prices when the client reads again. What waits in a proxy or in its kernel is out of its reach.
"""

import asyncio

from tests.proxies.proxy import Proxy
from tests.proxies.reader import HOST
from tests.support.slow_client import small

RATE = 2000.0
"""Ticks a second, of all symbols."""

PAUSE = 12.0
"""Seconds without reading: some 24,000 ticks, which fit into the send buffers of most kernels."""

MOST = 5000
"""Old ticks that a client may have to read before the gateway's `gap`: some 2 s of the feed."""

SECONDS = 20.0
"""Seconds in which they come, however busy the machine is."""


async def catches_up(proxy: Proxy) -> tuple[bool, str]:
    """Return whether the `gap` comes soon after the pause."""
    stream = await small(proxy.url, "/v1/stream?symbols=*", HOST)
    try:
        await asyncio.sleep(PAUSE)
        async with asyncio.timeout(SECONDS):
            while len(stream.seen) < MOST:
                if (await stream.next()).type == b"gap":
                    return True, f"a gap after {len(stream.seen)} events"
    except (OSError, EOFError, TimeoutError) as error:
        return False, f"{error!r} after {len(stream.seen)} events"
    finally:
        stream.close()
    return False, f"no gap among {len(stream.seen)} events"
