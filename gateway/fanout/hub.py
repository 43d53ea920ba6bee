"""The hub: keeps the groups, and queues each event for the groups that want it."""

import asyncio
from collections.abc import Callable, Iterable

from tickcast.gateway.fanout.conflation import Wheel
from tickcast.gateway.fanout.footprint import group_bytes, named_bytes
from tickcast.gateway.fanout.gaps import Gaps, Mark
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.notices import Notices
from tickcast.gateway.fanout.rest import Rest
from tickcast.gateway.fanout.retired import RetiredSymbols
from tickcast.gateway.fanout.scheduler import Scheduler
from tickcast.gateway.fanout.symbol_index import SymbolIndex
from tickcast.gateway.limits.stream_bytes import Account, StreamBytes
from tickcast.gateway.protocol.events import symbol_in
from tickcast.gateway.protocol.interval import widened
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.wire.bar import INTERVALS, bar_key

STREAM_BYTES = 128 * 1024 * 1024
"""Bytes that groups and streams may hold, unless a gateway is set otherwise."""

BEGINNING = 60.0
"""Seconds after the begin of an epoch in which a feed may not have all its symbols yet."""


class Hub:
    """All groups, by their key.

    Everything runs on one event loop, and nothing awaits between a check and the change that it
    justifies: ring, last values and pending events always agree.
    """

    def __init__(
        self,
        ring: Ring,
        last: LastValues,
        partitions: int,
        rest: Rest,
        stream_bytes: StreamBytes | None = None,
    ) -> None:
        """`stream_bytes` counts what groups and their streams hold; None: as if there were no other hub."""
        self.ring = ring
        self.last = last
        self.bars = LastValues()
        self.partitions = partitions
        self.notices = Notices(ring)
        self.retired = RetiredSymbols(ring, last, self.bars)
        self.gaps = Gaps(ring, last, self.bars, self.notices)
        self.groups: dict[GroupKey, Group] = {}
        self.index = SymbolIndex(partitions)
        self.bytes = StreamBytes(STREAM_BYTES) if stream_bytes is None else stream_bytes
        """What groups and streams hold of memory."""
        self.scheduler = Scheduler(self._collect, rest)
        self.status: Callable[[], bytes] = lambda: b""
        """Makes the `status` event of the feed; set where the gateway is wired."""
        self.status_number = 0
        """Number of changes of the feed's state so far."""
        self.now = asyncio.get_running_loop().time
        """Returns the time in seconds, by the loop's clock."""
        self._wheel = Wheel(self.turn, self.scheduler.wake)
        self._emptied = self.now()
        """When the newest epoch of the feed began here, or this gateway."""

    # Ticks and bars

    def offer(self, ticks: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Queue the events of a batch's ticks for every group that gets every tick of their symbols."""
        get, dirty = self.index.known.get, self.scheduler.dirty
        for (symbol, _), event in zip(ticks, events, strict=True):
            groups = get(symbol)
            if groups is None:
                groups = self.index.learn(symbol)
            for group in groups:
                group.pending.append(event)
                if not group.dirty:
                    group.dirty = True
                    dirty.append(group)
        self.scheduler.wake()

    def offer_bars(self, bars: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Queue the events of a batch's bars for every group that wants them, conflating groups too."""
        known, mark = self.index.known, self.scheduler.mark
        for (key, _), event in zip(bars, events, strict=True):
            groups = known.get(key)
            if groups is None:
                groups = self.index.learn_bar(key)
            for group in groups:
                if group.bars_bounded:
                    group.keep_bar(event)
                elif group.conflates:
                    group.waiting_bars.append(event)
                else:
                    group.queue_bars([event])
                    mark(group)
        self.scheduler.wake()

    def offer_notice(self, symbol: bytes, event: bytes) -> None:
        """Queue the event of a notice for every group that gets every tick of the symbol."""
        for group in self.index.learn(symbol):
            group.notify(event)
            self.scheduler.mark(group)
        self.scheduler.wake()

    def retire(self, symbol: bytes, partition: int, number: int) -> None:
        """Drop what is held of a symbol that has left. Its groups keep it while the ring has its events."""
        self.last.drop(symbol)
        keys = tuple(key for interval in INTERVALS if (key := bar_key(symbol, interval)) in self.index.known)
        for key in keys:
            self.bars.drop(key)
        if self.retired.add(symbol, partition, number, keys):
            self._count_absent(symbol, 1)

    def count_again(self, symbols: Iterable[bytes]) -> None:
        """Count those of `symbols` again that have left: they have returned, or their groups forget them."""
        for symbol in self.retired.take_absent(symbols) if self.retired.absent else ():
            self._count_absent(symbol, -1)

    def _count_absent(self, symbol: bytes, change: int) -> None:
        for group in self.index.matching(symbol):
            if not group.key.selection.names_it(symbol):
                group.absent += change

    def drop_waiting_bars(self, symbols: set[bytes]) -> None:
        """Drop the bars of symbols that have left from those that wait for a turn."""
        for group in self.groups.values():
            if group.waiting_bars:
                group.waiting_bars = [each for each in group.waiting_bars if symbol_in(each) not in symbols]

    def forget_retired(self) -> None:
        """Forget symbols that have left and of which the ring has no event any more; call it now and then."""
        if self.retired.kept:
            self.forget(*self.retired.take_expired())

    def count_symbols(self, group: Group) -> int:
        """Return the number of symbols of a group: those asked for by name, and those that the feed has."""
        return len(group.symbols) - group.absent

    def turn(self, group: Group) -> None:
        """Schedule a conflating group's frame, if there are new items or a stream waits to join."""
        if group.number != self.ring.number or group.joiners:
            group.due = True
            self.scheduler.mark(group)

    def _collect(self, group: Group) -> None:
        """Complete a group's pending events just before its frame is built."""
        ring = self.ring
        group.status_number = self.status_number
        if group.gaps and group.members:
            self.gaps.write_gaps(group)
        if group.conflates:
            if not group.due:
                return
            group.due = False
            self._take_turn(group)
        group.number, group.cursor = ring.number, ring.cursor

    def _take_turn(self, group: Group) -> None:
        """Queue a conflating group's events of this turn."""
        turn = self.gaps.turn(group, len(group.members))
        group.pending += turn.events
        group.notices += turn.notices
        group.pending_bars += len(group.release_bars())

    # Status and gaps

    def announce_status(self) -> None:
        """Queue a `status` event with the feed's state for every group."""
        self.status_number += 1
        event = self.status()
        for group in self.groups.values():
            group.notify(event)
            self.scheduler.mark(group)
        self.scheduler.wake()

    def take_turns(self) -> None:
        """Take the turn of each conflating group that has bars waiting, before a gap is announced.

        Bars never come before the ticks that they count; the reloaded values take the place of those ticks.
        """
        for group in self.groups.values():
            if group.waiting_bars or group.bars_lost:
                self._take_turn(group)
                group.number, group.cursor = self.ring.number, self.ring.cursor

    def forget(self, symbols: list[bytes], bar_keys: list[bytes]) -> None:
        """Forget symbols and bar keys that the feed no longer has."""
        if not symbols and not bar_keys:
            return
        for group in self.groups.values():
            # An earlier gap is told with the symbols of its time.
            if group.gaps:
                self.gaps.write_gaps(group)
        self.count_again(symbols)
        self.index.forget(symbols, bar_keys)

    def announce_gap(self, reason: str, before: Mark) -> None:
        """Queue a gap from `before` to now for every group, followed by the newest values."""
        reloaded = self.gaps.record(reason, before)
        if reloaded.whole:
            self._emptied = self.now()
        for group in self.groups.values():
            self.gaps.queue_gap(group, before, reloaded)
            group.number, group.cursor = self.ring.number, self.ring.cursor
            self.scheduler.mark(group)
        self.scheduler.wake()

    # Groups

    def join(self, key: GroupKey) -> Group:
        """Return the group of what a stream asks for, new if there is none; count one more stream in it."""
        key = key.normal()
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = self._new_group(key)
        group.users += 1
        return group

    def granted(self, key: GroupKey) -> GroupKey:
        """Return what a new stream gets that asks for `key`: of a wide list, at a busy time, less often."""
        if not key.interval or not self.scheduler.rest.is_strained or (normal := key.normal()) in self.groups:
            return key
        # What is sent counts, not what is asked for: that may be more than is allowed.
        width = len(normal.selection.names) + self.index.symbols.count(normal.selection.prefixes)
        return key._replace(interval=widened(key.interval, width))

    def unknown(self, key: GroupKey) -> tuple[int, int]:
        """Return how many names that nobody publishes a key has: as symbols, and as symbols of bars."""
        last, of = self.last, key.bars.of
        symbols = sum(name not in last for name in key.selection.names)
        if not key.bars.intervals:
            return symbols, 0
        return symbols, symbols if of is None else sum(name not in last for name in of.names)

    def expects_names(self) -> bool:
        """Tell whether names that nobody publishes may soon be published: the feed has only begun."""
        return not self.last or self.now() - self._emptied < BEGINNING

    def bytes_more(self, key: GroupKey, account: Account) -> int:
        """Return how much more an address would hold in the group of a key."""
        key = key.normal()
        group = self.groups.get(key)
        if group is not None:
            return 0 if account in group.payers else group.charged
        symbols, bars = self.unknown(key)
        return named_bytes(key, (0 if key.interval else symbols) + bars * len(key.bars.intervals))

    def reprice(self) -> None:
        """Count groups whose prefixes match more or fewer than before by what they now take."""
        for group in self.index.changed:
            if group.users:
                self.bytes.price(group, group_bytes(group, group.awaited))
        self.index.changed.clear()

    def _new_group(self, key: GroupKey) -> Group:
        index, absent = self.index, self.retired.absent
        # The index has what has left as well, as long as the ring has its events.
        symbols, bars = key.selection.among(index.symbols), key.bar_keys(index.bar_keys)
        group = Group(key, symbols, self.partitions, bars)
        if absent and key.selection.prefixes:
            group.absent = sum(map(key.selection.matches, absent))
        group.number, group.cursor = self.ring.number, self.ring.cursor
        group.status_number = self.status_number
        group.written = self.now()
        if group.conflates:
            self._wheel.add(group)
        index.add(group)
        self.bytes.price(group, group_bytes(group, group.awaited))
        return group

    def release(self, group: Group) -> None:
        """Count one stream fewer in a group; remove the group when it has none left."""
        group.users -= 1
        if group.users == 0:
            del self.groups[group.key]
            group.joiners = []
            if group.conflates:
                self._wheel.remove(group)
            self.index.remove(group)
            self.bytes.price(group, 0)

    def close(self) -> None:
        """Stop all timers."""
        self._wheel.close()
        self.scheduler.close()
