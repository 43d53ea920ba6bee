"""Ages of ticks as they come through Redis's channel: from their source's clock to a subscriber."""

import asyncio
import time

from tickcast.bench.baselines.channel import follow
from tickcast.bench.histogram import Histogram
from tickcast.wire.tick import decode_tick


def channel_ages(url: str, seconds: float) -> Histogram:
    """Return the ages of all ticks that come within `seconds`, in µs."""
    return asyncio.run(_ages(url, seconds))


async def _ages(url: str, seconds: float) -> Histogram:
    found = Histogram()
    until = time.monotonic() + seconds
    async for batch in follow(url):
        now = time.time_ns() // 1000
        for _, json in batch.ticks:
            found.add(now - decode_tick(json)[0].time)
        if time.monotonic() > until:
            break
    return found
