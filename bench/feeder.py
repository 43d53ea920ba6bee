"""The publisher, with the steady source: `python -m bench.feeder SYMBOLS RATE` (RATE 0: as fast as it goes).

Its settings come from TICKCAST_*; all that follows the source is the publisher's own code.
"""

import asyncio
import signal
import sys

from bench.steady import Steady
from publisher.bar_retention import BarRetention
from publisher.lease import Lease
from publisher.pipeline import Pipeline
from publisher.redis_link import RedisLink
from publisher.retention import Retention
from publisher.settings import PublisherSettings
from publisher.stats import Stats
from publisher.term import Term
from publisher.writer import Writer


async def feed(settings: PublisherSettings, source: Steady) -> None:
    """Publish `source` as the only publisher, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    link, stats = RedisLink(settings.redis_url), Stats()
    lease = Lease(link, "bench", settings.lease)
    try:
        fence = await lease.acquire()
        if fence is None:
            raise SystemExit("another publisher leads in this Redis")
        pipelines = [
            Pipeline(
                Writer(
                    link,
                    partition,
                    fence,
                    Retention(settings.retention, settings.retention_bytes),
                    lease.renew,
                    stats,
                )
            )
            for partition in range(settings.partitions)
        ]
        bars = BarRetention(settings.bars_bytes) if settings.bars else None
        await Term(pipelines, lease, lambda _last: source, stats, bars).run(stop)
        await lease.release()
    finally:
        await link.close()


if __name__ == "__main__":
    symbols, rate = int(sys.argv[1]), float(sys.argv[2])
    asyncio.run(feed(PublisherSettings(), Steady(symbols, rate or None)))
