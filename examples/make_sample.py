"""Makes the sample recording: three minutes of the simulated market, always the same.

.venv/bin/python examples/make_sample.py examples/sample.jsonl.gz
"""

import asyncio
import gzip
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.simulated import Clock, simulated
from tickcast.wire.instrument import encode_instrument
from tickcast.wire.tick import encode_tick

BEGIN = 1_795_185_000.0
"""A Friday in November 2026, 14:30 UTC, in seconds since 1970."""

SECONDS, SYMBOLS, RATE = 180.0, 25, 35.0


async def lines() -> AsyncIterator[bytes]:
    """Yield what the recording holds: the instruments, then the ticks."""
    now = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    clock = Clock(wall=lambda: BEGIN + now, monotonic=lambda: now, sleep=sleep)
    market = simulated(SourceOptions(symbols=SYMBOLS, rate=RATE, seed=7), clock)
    for instrument in market.instruments:
        yield encode_instrument(instrument)
    async for ticks in market:
        if now >= SECONDS:
            return
        for tick in ticks:
            # A recording has no sequence numbers: the publisher counts.
            yield re.sub(rb'"q":1,', b"", encode_tick(tick, 1, "}"), count=1)


async def recording() -> bytes:
    """Return all lines."""
    return b"".join([line + b"\n" async for line in lines()])


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(gzip.compress(asyncio.run(recording()), mtime=0))
