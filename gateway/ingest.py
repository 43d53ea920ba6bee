"""Ingest: applies one batch, proven to follow the last one, to store and fan-out in one step."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tickcast.gateway.fanout.gaps import Mark
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.protocol.events import batch_events, is_live, notice_event, retired
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import symbol_of
from tickcast.wire.batch import Batch
from tickcast.wire.bounds import MAX_BAR_KEYS, MAX_SYMBOLS
from tickcast.wire.cursor import epoch_of
from tickcast.wire.notice import state_in
from tickcast.wire.position import Position
from tickcast.wire.symbol import partition_of

_Q = re.compile(rb'"q":([0-9]{1,16})')


def _q(json: bytes) -> int:
    """Return the sequence number of a tick; 0 if there is none."""
    found = _Q.search(json)
    return int(found[1]) if found else 0


class Restart(NamedTuple):
    """A partition as Redis holds it now, from where it goes on."""

    partition: int
    epoch: str
    position: Position
    ticks: Sequence[tuple[bytes, bytes]] = ()
    """(symbol, JSON) of the newest ticks."""
    bars: Sequence[tuple[bytes, bytes]] = ()
    """(bar key, JSON) of the newest bars."""
    states: Sequence[tuple[bytes, bytes]] = ()
    """(symbol, JSON of the notice) of the states of symbols."""


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
        self.retired = 0
        """Symbols that have left."""
        self.on_notices: Callable[[Sequence[tuple[bytes, bytes]]], None] = lambda notices: None
        """Called with the notices of a batch, (symbol, JSON); set where the gateway is wired."""

    def apply(self, partition: int, batch: Batch) -> None:
        """Apply the batch that follows the last one of its partition."""
        cursor = self._ring.begin(partition, batch)
        self.batches += 1
        if (
            len(self._last) + len(batch.ticks) > MAX_SYMBOLS
            or len(self._bars) + len(batch.bars) > MAX_BAR_KEYS
        ):
            batch = self._bounded(batch)
            if not batch.ticks and not batch.bars and not batch.notices:
                return
        ticks, bars = batch.ticks, batch.bars
        events = batch_events(ticks, cursor, bars, batch.notices)
        first = self._ring.hold(partition, batch, events)
        notice_events: list[bytes] = []
        if batch.notices:
            notice_events = events[-len(batch.notices) :]
            del events[-len(batch.notices) :]
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
        if notice_events:
            self._take_notices(partition, first + len(ticks) + len(bars), batch.notices, notice_events)

    def _take_notices(
        self, partition: int, first: int, notices: list[tuple[bytes, bytes]], events: list[bytes]
    ) -> None:
        """Apply what is said of symbols after the ticks and bars of a batch."""
        gone = set()
        for number, ((symbol, json), event) in enumerate(zip(notices, events, strict=True), first):
            if state_in(json) is None:
                self._hub.notices.retire(number, partition, symbol, notice_event(json))
                self._hub.offer_notice(symbol, event)
                self._hub.retire(symbol, partition, number)
                gone.add(symbol)
            elif symbol in self._last:
                self._hub.notices.change(number, partition, symbol, notice_event(json), is_live(json))
                self._hub.offer_notice(symbol, event)
        if gone:
            self.retired += len(gone)
            self._hub.drop_waiting_bars(gone)
        self.on_notices(notices)

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

    def restart(self, restarts: Sequence[Restart], reason: str | None) -> None:
        """Continue partitions with what Redis holds of them now, all in one step.

        `reason` goes into the one `gap` event for clients; None: there is no gap, because the gateway starts.
        """
        before = Mark(self._ring.number, self._ring.cursor)
        if reason is not None:
            self._hub.take_turns()
        self._ring.restart((each.partition, each.epoch, each.position) for each in restarts)
        # In the same epoch clients go on with what they have, and have to hear what they have missed.
        goes_on = reason is not None and epoch_of(before.cursor) == self._ring.epoch
        if goes_on:
            self._say_what_left(restarts, also_returned=reason == "retention")
        if reason is not None:
            self._forget(restarts)
        for each in restarts:
            self._take_states(each, goes_on)
            for symbol in self._last.reload(self._ring.number, each.ticks):
                self._hub.index.learn(symbol)
            for key in self._bars.reload(self._ring.number, each.bars):
                self._hub.index.learn_bar(key)
        if reason is not None:
            self._hub.announce_gap(reason, before)

    def _say_what_left(self, restarts: Sequence[Restart], also_returned: bool) -> None:
        """Say which symbols left unheard: those that are gone; `also_returned`: that count from 1 again, too.

        After a gap with the reason `feed` clients take any count.
        """
        now = {symbol: json for each in restarts for symbol, json in each.ticks}
        restarted = {each.partition for each in restarts}
        for symbol in list(self._last):
            partition = partition_of(symbol, self._ring.partitions)
            if partition not in restarted:
                continue
            json, held = now.get(symbol), self._last.get(symbol)
            if json is None or (also_returned and held is not None and _q(json) < _q(held)):
                event = retired(symbol.decode("ascii"), "unknown")
                self._hub.notices.retire(self._ring.number, partition, symbol, event)
                self._hub.offer_notice(symbol, event)

    def _take_states(self, restart: Restart, says: bool) -> None:
        """Take the states that Redis holds of a partition's symbols; `says`: inform streams of changes."""
        notices, partitions = self._hub.notices, self._ring.partitions
        if not says:
            for symbol in [
                each for each in notices.states if partition_of(each, partitions) == restart.partition
            ]:
                del notices.states[symbol]
        for symbol, json in restart.states:
            event = notice_event(json)
            if not says:
                notices.set_state(symbol, event, is_live(json))
            elif event != notices.states.get(symbol) and (symbol in notices.states or not is_live(json)):
                notices.change(self._ring.number, restart.partition, symbol, event, is_live(json))
                self._hub.offer_notice(symbol, event)

    def _forget(self, restarts: Sequence[Restart]) -> None:
        """Drop what Redis no longer holds, so that it is sent to nobody as the newest."""
        partitions, restarted = self._ring.partitions, {each.partition for each in restarts}

        def is_gone(symbol: bytes) -> bool:
            return len(restarted) == partitions or partition_of(symbol, partitions) in restarted

        symbols = self._last.forget({symbol for each in restarts for symbol, _ in each.ticks}, is_gone)
        bar_keys = self._bars.forget(
            {key for each in restarts for key, _ in each.bars}, lambda key: is_gone(symbol_of(key))
        )
        self._hub.forget(symbols, bar_keys)
