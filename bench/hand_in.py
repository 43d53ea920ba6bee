"""Hands in ticks of the steady source through the inbox; Redis is that of TICKCAST_REDIS_URL.

    python -m tickcast.bench.hand_in SYMBOLS RATE        RATE 0: as fast as the inbox takes them

At full speed it sends entries that were encoded before, so that the producer is not what is measured.
"""

import asyncio
import signal
import sys
from itertools import cycle

from tickcast.bench.steady_source import SteadySource
from tickcast.publisher.broker import Broker
from tickcast.publisher.settings import PublisherSettings
from tickcast.wire.bounds import MAX_ENTRY_LINES
from tickcast.wire.inbox import encode_entry
from tickcast.wire.scripts import HAND_IN
from tickcast.wire.tick import Tick, encode_tick

LIMIT = 8 * 1024 * 1024
"""Bytes that may wait in the inbox; half of it is one producer's."""

IN_FLIGHT = 4
"""Entries on their way at a time, as fast as possible."""

PREPARED = 64
"""Lists of ticks encoded in advance."""

_WAIT = 0.002


async def hand_in(settings: PublisherSettings, symbols: int, rate: float) -> None:
    """Hand in until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    broker, key = Broker(settings.redis_url, names=settings.names), settings.names.inbox(0)
    source = SteadySource(symbols, rate or None)

    async def give(entry: list[bytes]) -> None:
        while not stop.is_set():
            answer = await broker.script(HAND_IN, [key], [LIMIT, *entry])
            if answer[0] == b"ok":
                return
            await asyncio.sleep(_WAIT)

    async def keep_giving(entries: list[list[bytes]]) -> None:
        for entry in cycle(entries):
            if stop.is_set():
                return
            await give(entry)

    try:
        if rate:
            async for ticks in source:
                if stop.is_set():
                    return
                await give(_entry(ticks))
        entries = []
        async for ticks in source:
            entries.append(_entry(ticks[:MAX_ENTRY_LINES]))
            if len(entries) == PREPARED:
                break
        await asyncio.gather(*(keep_giving(entries) for _ in range(IN_FLIGHT)))
    finally:
        await broker.close()


def _entry(ticks: list[Tick]) -> list[bytes]:
    # The publisher counts: a producer has no q.
    return encode_entry(ticks=[encode_tick(tick, 0).replace(b'"q":0,', b"", 1) for tick in ticks])


if __name__ == "__main__":
    asyncio.run(hand_in(PublisherSettings(), int(sys.argv[1]), float(sys.argv[2])))
