"""Two coins, tossed."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

from tickcast.publisher import SourceOptions, SourceTick


async def coins(options: SourceOptions) -> AsyncIterator[list[SourceTick]]:
    """Yield a tick of each coin, `options.rate` ticks a second."""
    rng = random.Random(options.seed)
    cents = {"HEADS": 10_000, "TAILS": 20_000}
    cents |= {name: round(float(tick.price) * 100) for name, tick in options.last.items() if name in cents}
    while True:
        cents = {name: max(1, price + rng.choice((-1, 1))) for name, price in cents.items()}
        now = time.time_ns() // 1000
        yield [SourceTick(name, now, f"{price / 100:.2f}") for name, price in cents.items()]
        await asyncio.sleep(len(cents) / options.rate)
