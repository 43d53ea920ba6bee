"""Drain: how a gateway that stops lets its streams go."""

import asyncio
import random
from collections.abc import Callable

from tickcast.gateway.streams.subscriber import Subscriber

STEP = 0.02
"""Seconds between two slices."""

PACE = 0.1
"""Seconds between two streams, at most: a few need not be spread over the whole window."""

RETRY = (200, 1500)
"""Bounds of the reconnection times, in ms: short, because the drain itself spreads the clients."""


async def drain(
    subscribers: list[Subscriber], window: float, bye: Callable[[Subscriber, str, int], None]
) -> None:
    """Close streams in slices, evenly over `window` seconds; return when they are gone.

    Each is told `bye`. What a client does not take until the window closes is cut.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    random.shuffle(subscribers)
    closed = 0
    while closed < len(subscribers):
        # The last fifth of the window is for what is still on its way.
        passed = loop.time() - began
        part = passed / (window * 0.8) if window else 1.0
        upto = min(len(subscribers), max(int(part * len(subscribers)), 1 + int(passed / PACE)))
        for subscriber in subscribers[closed:upto]:
            bye(subscriber, "drain", random.randint(*RETRY))
        closed = upto
        await asyncio.sleep(STEP)
    left = [subscriber for subscriber in subscribers if subscriber.waiting()]
    for _ in range(int((began + window - loop.time()) / STEP)):
        if not left:
            return
        await asyncio.sleep(STEP)
        left = [subscriber for subscriber in left if subscriber.waiting()]
    for subscriber in left:
        subscriber.abort()
