"""The way of a feed's bars to Redis: those left by the one before, quiet ones, and how many are kept."""

import asyncio
from collections.abc import Mapping

import structlog

from tickcast.publisher.bars.forming import BATCH_BARS, MAX_UNSENT_AGE, SWEEP_INTERVAL, BarFormer
from tickcast.publisher.bars.recovery import recover_bars
from tickcast.publisher.bars.retention import MAX_KEPT, BarRetention
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.sequencer import bars_chunk
from tickcast.wire.tick import Tick

_log = structlog.get_logger()


class BarFlow:
    """The bars of all partitions. Those that a tick ends go with that tick; the others are sent here."""

    def __init__(self, pipelines: list[Pipeline], retention: BarRetention | None) -> None:
        """Without `retention` no bars are formed."""
        self.formers = [BarFormer() for _ in pipelines] if retention else []
        """The bars of each partition."""
        self.order_lock = asyncio.Lock()
        """Held from numbering ticks to queueing them, so that no bar overtakes a tick that it has seen."""
        self._pipelines = pipelines
        self._retention = retention

    async def recover(self, pipeline: Pipeline, last: Mapping[str, tuple[Tick, int]]) -> None:
        """Go on with the bars of a claimed partition, and write those that ended since."""
        if not self.formers:
            return
        bars = self.formers[pipeline.writer.partition]
        await recover_bars(bars, pipeline.writer, last)
        formed = bars.take()
        for begin in range(0, len(formed), BATCH_BARS):
            await pipeline.writer.publish(bars_chunk(formed[begin : begin + BATCH_BARS]))

    async def sweep(self) -> None:
        """Send the bars of symbols that have fallen quiet, and make room for new ones, until cancelled."""
        while True:
            await self._make_room()
            await asyncio.sleep(SWEEP_INTERVAL)
            await self.send(MAX_UNSENT_AGE)

    async def flush(self) -> None:
        """Queue all that was not sent."""
        await self._make_room()
        await self.send(0.0)

    async def send(self, age: float) -> None:
        """Queue the bars that changed `age` seconds ago or earlier and were not sent."""
        for bars, pipeline in zip(self.formers, self._pipelines, strict=False):
            while True:
                # Ticks may pass between two batches of bars.
                async with self.order_lock:
                    formed = bars.overdue(age)
                    if not formed:
                        break
                    await pipeline.put(bars_chunk(formed))

    async def _make_room(self) -> None:
        """Let Redis keep fewer bars of each symbol, if there are too many symbols."""
        symbols = sum(bars.symbols for bars in self.formers)
        if self._retention is None or not self._retention.fit(symbols):
            return
        kept = self._retention.kept
        _log.warning(
            "too many symbols to keep a day of bars of each; bars_bytes allows more",
            symbols=symbols,
            minutes=f"{kept.minutes} of {MAX_KEPT.minutes}",
            seconds=f"{kept.seconds} of {MAX_KEPT.seconds}",
        )
        for pipeline in self._pipelines:
            await pipeline.writer.keep_bars(kept)
