"""Ingest: applies one batch, proven to follow the last one, to store and fan-out in one step."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import count, repeat
from typing import NamedTuple

from tickcast.gateway.fanout.gaps import Mark
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.protocol.events import batch_events, notice_event
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import symbol_of
from tickcast.wire.batch import Batch
from tickcast.wire.bounds import MAX_BAR_KEYS, MAX_SYMBOLS
from tickcast.wire.cursor import epoch_of
from tickcast.wire.fields import MAX_WHOLE
from tickcast.wire.notice import UNKNOWN, Notice, NoticeLine, Retired, SymbolState, encode_notice
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
    states: Sequence[NoticeLine] = ()
    """The states of symbols."""


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
        self.on_notices: Callable[[Sequence[Notice]], None] = lambda notices: None
        """Called with what was said of symbols; set where the gateway is wired."""

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
        known = len(self._last)
        self._last.update(first, ticks)
        if len(self._last) != known:
            self._hub.count_again(symbol for symbol, _ in ticks)
        self.ticks += len(ticks)
        if bars:
            self._hub.offer_bars(bars, bar_events)
            self._bars.update(first + len(ticks), bars)
            self.bars += len(bars)
        if notice_events:
            numbers = count(first + len(ticks) + len(bars))
            self._hear(partition, batch.notices, numbers, notice_events)

    def _hear(
        self, partition: int, lines: Sequence[NoticeLine], numbers: Iterable[int], events: Iterable[bytes]
    ) -> None:
        """Apply what is said of symbols; the events are for groups that get them among the ticks."""
        hub, gone = self._hub, set()
        for line, number, event in zip(lines, numbers, events, strict=False):
            symbol = line.symbol
            if isinstance(line.notice, Retired):
                hub.notices.retire(number, partition, symbol, notice_event(line))
                hub.offer_notice(symbol, event)
                hub.retire(symbol, partition, number)
                gone.add(symbol)
            elif symbol in self._last:
                hub.notices.change(number, partition, symbol, notice_event(line), line.is_live)
                hub.offer_notice(symbol, event)
        if gone:
            self.retired += len(gone)
            hub.drop_waiting_bars(gone)
        self.on_notices([line.notice for line in lines])

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
            for each in restarts:
                self._hear_unheard(each, self._unheard(each, also_returned=reason == "retention"))
        if reason is not None:
            self._forget(restarts)
        for each in restarts:
            for symbol in self._last.reload(self._ring.number, each.ticks):
                self._hub.index.learn(symbol)
            self._hub.count_again(symbol for symbol, _ in each.ticks)
            for key in self._bars.reload(self._ring.number, each.bars):
                self._hub.index.learn_bar(key)
            if goes_on:
                self._hear_unheard(each, self._changed(each))
            else:
                self._replace_states(each)
        if reason is not None:
            self._hub.announce_gap(reason, before)

    def _hear_unheard(self, restart: Restart, lines: Sequence[NoticeLine]) -> None:
        """Apply what happened to symbols of a partition while nothing was heard of it."""
        if lines:
            self._hear(restart.partition, lines, repeat(self._ring.number), map(notice_event, lines))

    def _unheard(self, restart: Restart, also_returned: bool) -> list[NoticeLine]:
        """Return that the symbols of a partition left which are gone; `also_returned`: or count from 1 again.

        After a gap with the reason `feed` clients take any count.
        """
        now, found = dict(restart.ticks), []
        for symbol in self._symbols_in(restart.partition, self._last):
            json, held = now.get(symbol), self._last.get(symbol)
            if json is None or (also_returned and held is not None and _q(json) < _q(held)):
                notice = Retired(symbol.decode("ascii"), UNKNOWN)
                found.append(NoticeLine(symbol, b"", notice))  # no batch has such a line
        return found

    def _changed(self, restart: Restart) -> list[NoticeLine]:
        """Return the states of a partition's symbols that differ from those held."""
        held, found = self._hub.notices.states, []
        for line in restart.states:
            before = held.get(line.symbol)
            if notice_event(line) != before and not (before is None and line.is_live):
                found.append(line)
        # Without a state in Redis a symbol is live, at the latest since the newest batch.
        now, since = {line.symbol for line in restart.states}, min(restart.position.ms * 1000, MAX_WHOLE)
        for symbol in self._symbols_in(restart.partition, held):
            if symbol not in now:
                live = SymbolState(symbol.decode("ascii"), "live", since)
                found.append(NoticeLine(symbol, encode_notice(live), live))
        return found

    def _replace_states(self, restart: Restart) -> None:
        """Take the states that Redis holds of a partition's symbols, and inform nobody."""
        notices = self._hub.notices
        for symbol in self._symbols_in(restart.partition, notices.states):
            del notices.states[symbol]
        for line in restart.states:
            notices.set_state(line.symbol, notice_event(line), line.is_live)

    def _symbols_in(self, partition: int, symbols: Iterable[bytes]) -> list[bytes]:
        partitions = self._ring.partitions
        return [each for each in symbols if partition_of(each, partitions) == partition]

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
