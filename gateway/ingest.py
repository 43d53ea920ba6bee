"""Ingest: applies one batch, proven to follow the last one, to store and fan-out in one step."""

from collections.abc import Iterable

from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.protocol.events import batch_events
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.batch import Batch
from tickcast.wire.bounds import MAX_BAR_KEYS, MAX_SYMBOLS
from tickcast.wire.position import Position


class Ingest:
    """Updates ring, newest values and hub together; nothing awaits in between."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._ring = hub.ring
        self._last = hub.last
        self._bars = hub.bars
        self.batches = 0
        """Batches applied."""
        self.ticks = 0
        """Ticks applied."""
        self.bars = 0
        """Bars applied, each state of a bar counted."""
        self.refused = 0
        """Ticks and bars dropped, because their symbols exceed the most that a gateway keeps."""

    def apply(self, partition: int, batch: Batch) -> None:
        """Apply the batch that follows the last one of its partition."""
        cursor = self._ring.begin(partition, batch)
        self.batches += 1
        if (
            len(self._last) + len(batch.ticks) > MAX_SYMBOLS
            or len(self._bars) + len(batch.bars) > MAX_BAR_KEYS
        ):
            batch = self._bounded(batch)
            if not batch.ticks and not batch.bars:
                return
        ticks, bars = batch.ticks, batch.bars
        events = batch_events(ticks, cursor, bars)
        first = self._ring.hold(partition, batch, events)
        bar_events: list[bytes] = []
        if bars:
            bar_events = events[len(ticks) :]
            del events[len(ticks) :]
        self._hub.offer(ticks, events)
        self._last.update(first, ticks)
        self.ticks += len(ticks)
        if bars:
            self._hub.offer_bars(bars, bar_events)
            self._bars.update(first + len(ticks), bars)
            self.bars += len(bars)

    def _bounded(self, batch: Batch) -> Batch:
        ticks = self._known(batch.ticks, self._last, MAX_SYMBOLS)
        return batch._replace(ticks=ticks, bars=self._known(batch.bars, self._bars, MAX_BAR_KEYS))

    def _known(
        self, items: list[tuple[bytes, bytes]], stored: LastValues, limit: int
    ) -> list[tuple[bytes, bytes]]:
        new = {key for key, _ in items if key not in stored}
        if len(stored) + len(new) <= limit:
            return items
        kept = [item for item in items if item[0] not in new]
        self.refused += len(items) - len(kept)
        return kept

    def restart(
        self,
        partition: int,
        epoch: str,
        position: Position,
        ticks: Iterable[tuple[bytes, bytes]],
        reason: str | None,
        bars: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        """Continue from `position` of `epoch` with the newest `ticks` and `bars` from Redis.

        `reason` goes into the `gap` event for clients; None: there is no gap, because the gateway starts.
        """
        before = self._ring.cursor
        self._ring.reset(partition, epoch, position)
        for symbol in self._last.reload(self._ring.number, ticks):
            self._hub.index.learn(symbol)
        for key in self._bars.reload(self._ring.number, bars):
            self._hub.index.learn_bar(key)
        if reason is not None:
            self._hub.announce_gap(reason, before)
