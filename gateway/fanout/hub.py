"""The hub: which groups there are, who belongs to which, and what each is owed."""

import asyncio
from collections.abc import Callable

from tickcast.gateway.fanout.arrears import Arrears
from tickcast.gateway.fanout.conflation import Wheel
from tickcast.gateway.fanout.group import Group, GroupKey
from tickcast.gateway.fanout.memory import Memory
from tickcast.gateway.fanout.scheduler import FanOut
from tickcast.gateway.fanout.symbol_index import Index
from tickcast.gateway.store.last_values import LastValues
from tickcast.gateway.store.ring import Ring
from tickcast.gateway.streams.move import move
from tickcast.gateway.streams.registry import Streams
from tickcast.gateway.streams.returns import Returns
from tickcast.gateway.streams.subscriber import State, Subscriber

JOINERS, JOINERS_OF_TURN = 64, 1000
"""Subscribers that join behind one frame, at most: when thousands of one group come back at once.

Behind that of a turn, which costs nothing but itself: about 10 ms.
"""

CHASE = 5.0
"""Seconds in which who lagged has to be level again; what comes later is no longer the newest."""

BRIEF = 1.0
"""Seconds of lag that are no slowness: a burst fills any socket, and the ring has what it kept back."""


class Hub:
    """Groups by what they want, and what each of them is owed.

    All of it happens on one event loop, and no step awaits between a check and the change
    it justifies: ring, last values and pending events always agree.
    """

    def __init__(self, ring: Ring, last: LastValues, partitions: int) -> None:
        self.ring = ring
        self.last = last
        self.bars = LastValues()
        self.memory = Memory(ring, last, self.bars)
        self.subscribers: set[Subscriber] = set()
        self.streams = Streams()
        self.full: set[Subscriber] = set()
        """Those whose socket takes no more."""
        self.groups: dict[GroupKey, Group] = {}
        self.index = Index(partitions)
        self.fan_out = FanOut(self._collect, self._let_in, self._cut)
        self.arrears = Arrears(self.memory, partitions)
        self.status: Callable[[], bytes] = lambda: b""
        """Makes the event that tells the state of the feed."""
        self.told = 0
        """States of the feed told so far."""
        self.brief = BRIEF
        self._partitions = partitions
        self._returns = Returns()
        self._wheel = Wheel(self._turn, self.fan_out.wake)
        self._loop = asyncio.get_running_loop()

    # Ticks and bars

    def offer(self, ticks: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Owe the events of a batch's ticks to every group that wants them."""
        get, dirty = self.index.known.get, self.fan_out.dirty
        for (symbol, _), event in zip(ticks, events, strict=True):
            groups = get(symbol)
            if groups is None:
                groups = self.index.learn(symbol)
            for group in groups:
                group.pending.append(event)
                if not group.dirty:
                    group.dirty = True
                    dirty.append(group)
        self.fan_out.wake()

    def offer_bars(self, bars: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Owe the events of a batch's bars to every group that wants them, those that conflate as well."""
        known, mark = self.index.known, self.fan_out.mark
        for (key, _), event in zip(bars, events, strict=True):
            groups = known.get(key)
            if groups is None:
                groups = self.index.learn_bar(key)
            for group in groups:
                if group.conflates:
                    group.held.append(event)
                else:
                    group.pend_bars([event])
                    mark(group)
        self.fan_out.wake()

    def _turn(self, group: Group) -> None:
        if group.number != self.ring.number or group.joiners:
            group.due = True
            self.fan_out.mark(group)

    def _collect(self, group: Group) -> None:
        """Bring a group that is about to get its frame up to date."""
        ring = self.ring
        group.told = self.told
        if group.gaps and group.members:
            self.arrears.settle(group)
        if group.conflates:
            if not group.due:
                return
            group.due = False
            group.pending += self.memory.turn(group)
            if group.held:
                group.formed += len(group.release_bars())
        group.number, group.cursor = ring.number, ring.cursor

    # Events that are neither

    def tell_status(self) -> None:
        """Owe the state of the feed to everyone."""
        self.told += 1
        event = self.status()
        for group in self.groups.values():
            group.notify(event)
            self.fan_out.mark(group)
        self.fan_out.wake()

    def tell_gap(self, reason: str, before: str) -> None:
        """Owe everyone a gap, between the cursor `before` and now, and the newest ticks after it."""
        reloaded = self.arrears.note(reason)
        for group in self.groups.values():
            group.pend_bars(group.release_bars())
            self.arrears.owe(group, before, reloaded)
            group.number, group.cursor = self.ring.number, self.ring.cursor
            self.fan_out.mark(group)
        self.fan_out.wake()

    # Subscribers

    def group(self, key: GroupKey) -> Group:
        """Return the group of `key`, made if there is none."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(
                key, key.selection.among(self.last), self._partitions, key.bar_keys(self.bars)
            )
            group.number, group.cursor = self.ring.number, self.ring.cursor
            group.told = self.told
            group.written = self._loop.time()
            if group.conflates:
                self._wheel.add(group)
            self.index.add(group)
        return group

    def enter(self, subscriber: Subscriber, key: GroupKey) -> None:
        """Count a new subscriber in. It is sent nothing before `Subscriber.open`."""
        subscriber.hub = self
        self.assign(subscriber, self.group(key))
        subscriber.told = self.told
        self.subscribers.add(subscriber)
        self.streams.add(subscriber)
        if subscriber.full:
            self.fills(subscriber)

    def assign(self, subscriber: Subscriber, group: Group) -> None:
        """Let it belong to a group, without being a member yet."""
        group.users += 1
        subscriber.group = group

    def admit(self, subscriber: Subscriber) -> None:
        """Make it a member at a moment when it stands where its group's last frame ends."""
        if subscriber.told != self.told:
            # The feed has turned while it was no member.
            subscriber.told = self.told
            subscriber.open([self.status()])
            return
        if subscriber.wanted is not None:
            owed = self.missed(subscriber)
            if subscriber.replay is None:
                move(self, subscriber, owed)
            else:
                subscriber.open(owed)
            return
        group, ring = subscriber.group, self.ring
        if group.conflates and not group.members:
            group.number, group.cursor = ring.number, ring.cursor
            group.release_bars()  # it gets them from the ring
        if group.pending or group.number != ring.number:
            if group.conflates or group.pending:
                subscriber.state = State.JOINING
                group.joiners.append(subscriber)
                return
            group.number, group.cursor = ring.number, ring.cursor
        missed = self.missed(subscriber)
        if missed or subscriber.replay is not None:
            # These can fill the socket, or take so long that more is missed: it comes again.
            subscriber.open(missed)
            return
        subscriber.number, subscriber.cursor = ring.number, ring.cursor
        subscriber.state = State.LIVE
        subscriber.lagged = 0.0
        group.admit(subscriber)

    def _let_in(self, group: Group) -> None:
        most = JOINERS_OF_TURN if group.conflates else JOINERS
        joiners, group.joiners = group.joiners[:most], group.joiners[most:]
        if group.joiners:
            group.due = group.conflates
            self.fan_out.mark(group)
        for subscriber in joiners:
            if subscriber.state is State.JOINING:
                self.admit(subscriber)

    def missed(self, subscriber: Subscriber) -> list[bytes]:
        """Return the next of what one that is no member lacks of its group's events (`Arrears.of`)."""
        lagging = not subscriber.group.conflates and subscriber.lagged > 0
        return self.arrears.of(subscriber, lagging and self.now() - subscriber.lagged > CHASE)

    def now(self) -> float:
        """Return the time by the loop's clock."""
        return self._loop.time()

    def fills(self, subscriber: Subscriber) -> None:
        """Take note that its socket takes no more."""
        self.full.add(subscriber)
        subscriber.since, subscriber.buffered = self._loop.time(), subscriber.waiting()

    def drains(self, subscriber: Subscriber) -> None:
        """Take note that its socket takes more again."""
        self.full.discard(subscriber)
        self._returns.add(subscriber)

    def go_on_soon(self, subscriber: Subscriber) -> None:
        """Let one that is sent what it missed have the next of it, in its turn."""
        self._returns.later(subscriber)

    def catch_up(self, subscriber: Subscriber) -> None:
        """Let a slow consumer, whose socket has drained, go on with the newest of what changed."""
        events: list[bytes] = []
        if not subscriber.group.conflates and self.now() - subscriber.lagged > self.brief:
            events = self.arrears.of_slow(subscriber)
        subscriber.open(events)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber."""
        subscriber.state = State.CLOSED
        subscriber.backlog = subscriber.replay = None
        self.subscribers.discard(subscriber)
        self.streams.discard(subscriber)
        self.full.discard(subscriber)
        subscriber.group.members.pop(subscriber, None)
        self.release(subscriber.group)

    def _cut(self, group: Group) -> None:
        # What its streams have had is unknown. They come back, and their cursors tell.
        for subscriber in [each for each in self.subscribers if each.group is group]:
            subscriber.abort()
            subscriber.lost()

    def release(self, group: Group) -> None:
        """Take note that one belongs to a group no more; with the last of them it goes."""
        group.users -= 1
        if group.users == 0:
            self._drop(group)

    def _drop(self, group: Group) -> None:
        del self.groups[group.key]
        group.joiners = []
        if group.conflates:
            self._wheel.remove(group)
        self.index.remove(group)

    def close(self) -> None:
        """Stop all timers."""
        self._wheel.close()
        self.fan_out.close()
