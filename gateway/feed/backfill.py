"""Backfill: brings a partition level with Redis, from the log and then from the buffered live batches."""

from collections.abc import Callable, Sequence

import structlog

from tickcast.gateway.feed.broker import Broker, LogEntry, LogState, Snapshot
from tickcast.gateway.feed.continuity import Continuity, Verdict
from tickcast.gateway.feed.reload import Reload, restart_of
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.ingest import Ingest, Restart
from tickcast.runtime.slices import Slices
from tickcast.wire.batch import Batch
from tickcast.wire.position import Position

CHUNK = 32
"""Log entries read at once. A publisher writes up to about 1 MiB into one, so it is 32 MiB at worst."""

MAX_PASSES = 5
"""Passes over the log in one backfill; what does not fit together by then never will."""

log = structlog.get_logger()


class Backfill:
    """Reads, judges and applies batches, in slices; live batches that come between slices are buffered."""

    def __init__(
        self,
        broker: Broker,
        ingest: Ingest,
        validator: BatchValidator,
        state: FeedState,
        parts: Sequence[Continuity],
        ring_seconds: float,
        apply: Callable[[int, Batch], None],
        begin: Callable[[int], None],
    ) -> None:
        """`apply` is called with a partition and each batch that is proved to be its next.

        `begin` begins the backfill of a partition.
        """
        self.holes = 0
        """Holes found; each was filled from the log or announced as a gap."""
        self._broker = broker
        self._ingest = ingest
        self._validator = validator
        self._state = state
        self._parts = parts
        self._reload = Reload(broker, ingest, validator, state, parts, begin)
        self._ring_seconds = ring_seconds
        self._apply = apply
        self._slices = Slices()

    async def run(self, partition: int, reload: bool = False) -> None:
        """Bring a partition level, and end its backfill. Raises LinkError.

        `reload`: read its values again.
        """
        part = self._parts[partition]
        for _ in range(MAX_PASSES):
            state = await self._broker.state(partition)
            if not part.loaded:
                await self._load(part, partition)
            elif not part.epoch and state.epoch:
                # The first publisher ever: the log begins here, and nothing came before.
                part.epoch = state.epoch
                self._ingest.restart([Restart(partition, state.epoch, part.position)], None)
                continue
            elif (not part.buffered or not state.epoch) and part.is_beyond(state.epoch, state.position):
                # Redis has lost data that this gateway has, and no publisher has written since, or that is
                # lost too. The next one starts a new epoch; until then the prices here are the newer ones.
                log.warning("redis has gone back", partition=partition, to=str(state.position))
                if part.buffered:
                    break
            elif reload or state.epoch != part.epoch or state.position < part.position:
                reload = False
                await self._reload.run(partition, "feed")
            elif state.position > part.position:
                self.holes += 1
                reloads = part.reloads
                read = await self._read(part, partition, state.position)
                if part.reloads != reloads:
                    continue  # another partition's reload has included this one meanwhile
                if not read:
                    await self._reload.run(partition, "retention")
            if await self._merge(part, partition, state):
                return
        # The log does not prove the buffered batches: they are forged, or what answers is not the server
        # that the channel comes from. The partition stays behind until a batch or heartbeat follows.
        left = part.end_backfill()
        self._validator.rejects.count += left
        log.warning("batches that the log does not prove were dropped", partition=partition, batches=left)

    async def _merge(self, part: Continuity, partition: int, state: LogState) -> bool:
        """Apply the buffered batches, new ones included; tell whether none is left."""
        proved = state.sent if part.epoch == state.epoch and part.position >= state.position else 0
        async with self._slices:
            while part.buffered:
                verdict = part.judge(part.buffered[0][0])
                if verdict is Verdict.HOLE or verdict is Verdict.EPOCH:
                    return False
                batch = part.pop()
                if verdict is Verdict.NEXT:
                    self._apply(partition, batch)
                elif batch.is_heartbeat and batch.id == part.position:
                    proved = batch.sent
                await self._slices.step()
            # No await since the buffer was found empty, so no batch can come between.
            part.end_backfill()
        self._state.caught_up(partition, proved)
        return True

    async def _load(self, part: Continuity, partition: int) -> None:
        """Read a partition for the first time: the newest values, then the recent log for the ring."""
        loaded = await self._broker.snapshot(partition)
        values, state = await restart_of(self._validator, partition, loaded), loaded.state
        after = Position(max(0, state.position.ms - int(self._ring_seconds * 1000)), 0)
        for _ in range(MAX_PASSES):
            entries, start = await self._begin(partition, state, after)
            self._begin_at(part, loaded, values._replace(position=start))
            if await self._read(part, partition, state.position, entries):
                return
            # The publisher trims the log at the same age and was faster: the log begins later now.
            after = part.position
        log.warning(
            "the log is trimmed faster than it can be read; older cursors are reset", partition=partition
        )
        self._begin_at(part, loaded, values)

    def _begin_at(self, part: Continuity, loaded: Snapshot, values: Restart) -> None:
        part.epoch, part.position = values.epoch, values.position
        self._ingest.restart([values], None)
        part.loaded = True
        self._state.values_read(values.partition, len(loaded.ticks) >= loaded.state.symbols)

    async def _begin(
        self, partition: int, state: LogState, after: Position
    ) -> tuple[list[LogEntry], Position]:
        """Return the first entries of `state`'s log after a position, and the position before them."""
        entries = await self._broker.read_log(partition, str(after), CHUNK)
        for at, (_, data) in enumerate(entries):
            batch = self._validator.batch(data, partition, "log")
            if batch is not None and batch.epoch == state.epoch:
                return entries[at:], batch.prev
        return [], state.position

    async def _read(
        self, part: Continuity, partition: int, to: Position, begun: Sequence[LogEntry] = ()
    ) -> bool:
        """Apply the log from the partition's position on; tell whether it reached `to` without a hole.

        `begun` are the first entries, where they are read already.
        """
        after = str(part.position)
        while part.position < to:
            entries = begun or await self._broker.read_log(partition, after, CHUNK)
            begun = ()
            if not entries:
                return False
            async with self._slices:
                for entry_id, data in entries:
                    after = entry_id
                    batch = self._validator.batch(data, partition, "log")
                    verdict = Verdict.OLD if batch is None else part.judge(batch)
                    if batch is not None and verdict is Verdict.NEXT:
                        self._apply(partition, batch)
                    elif verdict is not Verdict.OLD:
                        return False
                    await self._slices.step()
        return True
