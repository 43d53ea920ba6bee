"""Intake: what happens to a batch once the feed has proved that it is the next one."""

from collections.abc import Iterable

from gateway import sse
from gateway.hub import Hub
from gateway.last_values import MAX_SYMBOLS
from wire.batch import Batch
from wire.position import Position


class Intake:
    """Brings ring, last values and hub forward together, in one step."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._ring = hub.ring
        self._last = hub.last
        self.batches = 0
        self.ticks = 0
        self.refused = 0
        """Ticks of symbols beyond the most that a gateway keeps."""

    def apply(self, partition: int, batch: Batch) -> None:
        """Take the batch that follows in its partition."""
        cursor = self._ring.begin(partition, batch)
        self.batches += 1
        if len(self._last) + len(batch.ticks) > MAX_SYMBOLS:
            batch = self._bounded(batch)
            if not batch.ticks:
                return
        events = sse.tick_events(batch.ticks, cursor)
        first = self._ring.hold(partition, batch, events)
        self._hub.offer(batch.ticks, events)
        self._last.update(first, batch.ticks)
        self.ticks += len(events)

    def _bounded(self, batch: Batch) -> Batch:
        new = {symbol for symbol, _ in batch.ticks if symbol not in self._last}
        if len(self._last) + len(new) <= MAX_SYMBOLS:
            return batch
        kept = [tick for tick in batch.ticks if tick[0] not in new]
        self.refused += len(batch.ticks) - len(kept)
        return batch._replace(ticks=kept)

    def restart(
        self,
        partition: int,
        epoch: str,
        position: Position,
        ticks: Iterable[tuple[bytes, bytes]],
        reason: str | None,
    ) -> None:
        """Go on from `position` of `epoch` with the newest ticks as Redis has them.

        `reason` is that of the gap which clients are told; None at the start, when there is none.
        """
        before = self._ring.cursor
        self._ring.reset(partition, epoch, position)
        for symbol in self._last.reload(self._ring.number, ticks):
            self._hub.learn(symbol)
        if reason is not None:
            self._hub.tell_gap(reason, before)
