"""Runs the publisher with the steady source; its settings come from TICKCAST_* variables.

    python -m tickcast.bench.feeder SYMBOLS RATE        RATE 0: as fast as possible

Everything behind the source is the publisher's own code.
"""

import asyncio
import signal
import sys

from tickcast.bench.steady_source import SteadySource
from tickcast.publisher.bars.retention import BarRetention
from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import Lease
from tickcast.publisher.log_retention import LogRetention
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.stats import Stats
from tickcast.publisher.term import Term
from tickcast.publisher.writer import Writer


async def feed(settings: PublisherSettings, source: SteadySource) -> None:
    """Publish `source` as the only publisher, until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    broker, stats = Broker(settings.redis_url, names=settings.names), Stats()
    lease = Lease(broker, "bench", settings.lease)
    try:
        fence = await lease.acquire()
        if fence is None:
            raise SystemExit("another publisher leads in this Redis")
        pipelines = {
            partition: Pipeline(
                Writer(
                    broker,
                    partition,
                    fence,
                    LogRetention(settings.retention, settings.retention_bytes),
                    lease.renew,
                    stats,
                )
            )
            for partition in range(settings.partitions)
        }
        bars = BarRetention(settings.bars_bytes) if settings.bars else None
        await Term({lease: pipelines}, settings.partitions, lambda *_: source, stats, bars).run(stop)
        await lease.release()
    finally:
        await broker.close()


if __name__ == "__main__":
    symbols, rate = int(sys.argv[1]), float(sys.argv[2])
    asyncio.run(feed(PublisherSettings(), SteadySource(symbols, rate or None)))
