"""Reload: goes on from what Redis holds now, where the log does not lead there, and announces one gap.

A loss of data hits all partitions at nearly the same moment. They are reloaded in one step, so that clients
are told one gap.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from tickcast.gateway.feed.broker import Broker, Snapshot
from tickcast.gateway.feed.continuity import Continuity
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.ingest import Ingest, Restart
from tickcast.wire.bar import symbol_of

TOGETHER = 1.0
"""Seconds to wait, at most, until the publisher has written every partition again that Redis has lost.

Meanwhile the live batches of the reloaded partitions are buffered.
"""

PAUSE, MAX_PAUSE = 0.02, 0.2
"""Seconds between two looks whether it has, at first and at most: Redis has other things to do then."""

log = structlog.get_logger()


async def restart_of(validator: BatchValidator, partition: int, loaded: Snapshot) -> Restart:
    """Return what a partition goes on from: the values in Redis, those left out that are not valid."""
    ticks = await validator.last_values(partition, loaded.ticks)
    # Where Redis has lost a newest tick, its `q` begins again: a bar that counts the old ones must not stay.
    known = {symbol for symbol, _ in ticks}
    newest = await validator.newest_bars(partition, loaded.bars)
    bars = [bar for bar in newest if symbol_of(bar[0]) in known]
    states = [each for each in validator.states(partition, loaded.instruments) if each.symbol in known]
    return Restart(partition, loaded.state.epoch, loaded.state.position, ticks, bars, states)


class Reload:
    """Reloads partitions of one feed."""

    def __init__(
        self,
        broker: Broker,
        ingest: Ingest,
        validator: BatchValidator,
        state: FeedState,
        parts: Sequence[Continuity],
        begin: Callable[[int], None],
    ) -> None:
        """`begin` begins the backfill of a partition."""
        self._begin = begin
        self._broker = broker
        self._ingest = ingest
        self._validator = validator
        self._state = state
        self._parts = parts
        self._turn = asyncio.Lock()

    async def run(self, partition: int, reason: str) -> None:
        """Reload a partition, and with it all that have lost data too. Raises LinkError."""
        part = self._parts[partition]
        reloads = part.reloads
        async with self._turn:
            if part.reloads != reloads:
                return  # another partition's reload has included this one
            lost = await self._lost(partition) if reason == "feed" else []
            together = [partition, *lost]
            for each in lost:
                # What comes live from now on waits behind the reload.
                if not self._parts[each].backfilling:
                    self._begin(each)
            loads = await asyncio.gather(*(self._broker.snapshot(each) for each in together))
            checked = [
                await restart_of(self._validator, each, loaded)
                for each, loaded in zip(together, loads, strict=True)
            ]
            self._restart(loads, checked, reason)

    async def _lost(self, partition: int) -> list[int]:
        """Return the other partitions that have a new epoch; wait a moment for those that Redis lacks."""
        until, pause = asyncio.get_running_loop().time() + TOGETHER, PAUSE
        while True:
            lacking, renewed = [], []
            for each, state in enumerate(await self._broker.standings(len(self._parts))):
                part = self._parts[each]
                if each == partition or not part.loaded or not part.epoch:
                    continue
                if part.is_beyond(state.epoch, state.position):
                    lacking.append(each)
                elif state.epoch != part.epoch:
                    renewed.append(each)
            if not lacking or asyncio.get_running_loop().time() > until:
                return renewed
            await asyncio.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE)

    def _restart(self, loads: Sequence[Snapshot], checked: Sequence[Restart], reason: str) -> None:
        restarts = []
        for loaded, restart in zip(loads, checked, strict=True):
            part, state = self._parts[restart.partition], loaded.state
            if not state.epoch:
                continue  # lost again meanwhile: the partition waits for the next epoch
            before, after = f"{part.epoch}:{part.position}", f"{state.epoch}:{state.position}"
            log.warning("gap", partition=restart.partition, reason=reason, before=before, after=after)
            part.go_on(state.epoch, state.position)
            restarts.append(restart)
            self._state.loaded(restart.partition, len(loaded.ticks) >= state.symbols)
        if restarts:
            self._ingest.restart(restarts, reason)
