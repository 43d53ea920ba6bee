"""Sends bars to Redis: recovered ones, those of quiet symbols, and the limit of final bars to keep."""

import asyncio
from collections.abc import Mapping

import structlog

from tickcast.publisher.bars.forming import SWEEP_INTERVAL, BarFormer, batches
from tickcast.publisher.bars.recovery import recover_bars
from tickcast.publisher.bars.retention import MAX_KEPT, BarRetention
from tickcast.publisher.chunk import bars_chunk
from tickcast.publisher.pipeline import Pipeline
from tickcast.wire.tick import Tick

_log = structlog.get_logger()


class BarFlow:
    """The bars of all partitions. Bars that a tick ends are sent with the tick, the others from here."""

    def __init__(self, pipelines: Mapping[int, Pipeline], retention: BarRetention | None) -> None:
        """Prepare the bars of each partition. If `retention` is None, no bars are formed."""
        self.formers = {partition: BarFormer() for partition in pipelines} if retention else {}
        """Forms the bars of each partition; empty if no bars are formed."""
        self.order_lock = asyncio.Lock()
        """Held from numbering ticks to queueing them, so that no bar overtakes a tick that it counts."""
        self._pipelines = dict(pipelines)
        self._retention = retention

    async def recover(self, pipeline: Pipeline, last: Mapping[str, tuple[Tick, int]]) -> None:
        """Recover the bars of a claimed partition, and write the bars that ended since the last publisher."""
        if not self.formers:
            return
        bars = self.formers[pipeline.writer.partition]
        await recover_bars(bars, pipeline.writer, last)
        for batch in batches(bars.take()):
            await pipeline.writer.publish(bars_chunk(batch))

    async def sweep(self) -> None:
        """Send the bars of quiet symbols, and keep the memory of all bars bounded, until cancelled."""
        while True:
            await self._make_room()
            await asyncio.sleep(SWEEP_INTERVAL)
            await self.send()

    async def flush(self) -> None:
        """Queue all bars that were not sent."""
        await self._make_room()
        await self.send(at_once=True)

    async def leave(self, partition: int) -> None:
        """Queue all bars of a partition that were not sent, and form none of its bars any more."""
        await self._send(partition, at_once=True)
        self.forget(partition)

    def forget(self, partition: int) -> None:
        """Form and send no bars of a partition any more."""
        self.formers.pop(partition, None)
        self._pipelines.pop(partition, None)

    async def send(self, at_once: bool = False) -> None:
        """Queue the bars that stayed unsent for too long; `at_once`: all that have changed."""
        for partition in list(self.formers):
            await self._send(partition, at_once)

    async def _send(self, partition: int, at_once: bool) -> None:
        while True:
            # Release the lock between two batches of bars, so that ticks do not wait for all of them.
            async with self.order_lock:
                bars = self.formers.get(partition)
                formed = bars.overdue(at_once) if bars else []
                if not formed:
                    break
                await self._pipelines[partition].put(bars_chunk(formed))

    async def _make_room(self) -> None:
        """Keep fewer final bars of each symbol in Redis if the number of symbols has grown too large."""
        symbols = sum(bars.symbols for bars in self.formers.values())
        if self._retention is None or not self._retention.fit(symbols):
            return
        kept = self._retention.kept
        _log.warning(
            "too many symbols to keep all bars of each; raise bars_bytes to keep more",
            symbols=symbols,
            kept=" ".join(f"{number} of {MAX_KEPT[name]} {name}" for name, number in kept.items()),
        )
        for pipeline in list(self._pipelines.values()):
            await pipeline.writer.keep_bars(kept)
