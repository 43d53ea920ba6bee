"""The hub: which groups there are, who belongs to which, and what each is owed."""

import asyncio
from collections.abc import Callable

from gateway import sse
from gateway.conflation import Wheel
from gateway.fan_out import FanOut
from gateway.group import Group, GroupKey
from gateway.last_values import LastValues
from gateway.move import move
from gateway.returns import Returns
from gateway.ring import Ring
from gateway.streams import Streams
from gateway.subscriber import State, Subscriber

JOINERS = 64
"""Subscribers that join behind one frame, at most: when thousands of one group come back at once."""


CHASE = 5.0
"""Seconds in which who lagged has to be level again; what comes later is no longer the newest."""

BRIEF = 1.0
"""Seconds of lag that are no slowness: a burst fills any socket, and the ring has what it kept back."""


class Hub:
    """Groups by what they want, and the index from symbols to the groups that want every tick.

    All of it happens on one event loop, and no step awaits between a check and the change
    it justifies: ring, last values and pending events always agree.
    """

    def __init__(self, ring: Ring, last: LastValues, partitions: int) -> None:
        self.ring = ring
        self.last = last
        self.subscribers: set[Subscriber] = set()
        self.streams = Streams()
        self.full: set[Subscriber] = set()
        """Those whose socket takes no more."""
        self.groups: dict[GroupKey, Group] = {}
        self.fan_out = FanOut(self._collect, self._let_in)
        self.gaps = {"slow": 0, "retention": 0, "feed": 0}
        """Gaps told, by reason."""
        self.status: Callable[[], bytes] = lambda: b""
        """Makes the event that tells the state of the feed."""
        self.told = 0
        """States of the feed told so far."""
        self.brief = BRIEF
        # The last gap in the feed, for those who are not members of a group when it is told.
        self._gap_reason, self._gap_number = "feed", 0
        self._partitions = partitions
        # The groups that want every tick of a symbol: of those that have ticked, and of those
        # that are only asked for, which must not grow for longer than somebody asks.
        self._index: dict[bytes, dict[Group, None]] = {}
        self._awaited: dict[bytes, dict[Group, None]] = {}
        self._returns = Returns()
        self._wheel = Wheel(self._turn, self.fan_out.wake)
        self._loop = asyncio.get_running_loop()

    # Ticks

    def offer(self, ticks: list[tuple[bytes, bytes]], events: list[bytes]) -> None:
        """Owe the events of a batch's ticks to every group that wants them."""
        get, dirty = self._index.get, self.fan_out.dirty
        for (symbol, _), event in zip(ticks, events, strict=True):
            groups = get(symbol)
            if groups is None:
                groups = self.learn(symbol)
            for group in groups:
                group.pending.append(event)
                if not group.dirty:
                    group.dirty = True
                    dirty.append(group)
        self.fan_out.wake()

    def learn(self, symbol: bytes) -> dict[Group, None]:
        """Take in a symbol that ticks for the first time; return the groups that want its every tick."""
        if symbol in self._index:
            return self._index[symbol]
        wanted = self._index[symbol] = self._awaited.pop(symbol, {})
        for group in self.groups.values():
            # Also if it is asked for by name as well: `Selection.among` leaves such a name to the prefix.
            if symbol.startswith(group.key.selection.prefixes):
                group.learn(symbol, self._partitions)
                if not group.conflates:
                    wanted[group] = None
        return wanted

    def _turn(self, group: Group) -> None:
        if group.number != self.ring.number or group.joiners:
            group.due = True
            self.fan_out.mark(group)

    def _collect(self, group: Group) -> None:
        """Bring a group that is about to get its frame up to date."""
        ring = self.ring
        group.told = self.told
        if group.conflates:
            if not group.due:
                return
            group.due = False
            newest = self.last.since(group.number, group.symbols)
            group.pending.extend(sse.newest_events(newest, ring.cursor))
        group.number, group.cursor = ring.number, ring.cursor

    # Events that are no ticks

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
        self._gap_reason, self._gap_number = reason, self.ring.number
        for group in self.groups.values():
            # A group that gets every tick has those before the gap pending; all it lacks is what
            # was reloaded, which has the number of the gap itself.
            known = group.number if group.conflates else self.ring.floor - 1
            for event in self._gap(reason, before, known, group):
                group.notify(event)
            group.number, group.cursor = self.ring.number, self.ring.cursor
            self.gaps[reason] += len(group.members)
            self.fan_out.mark(group)
        self.fan_out.wake()

    def _gap(self, reason: str, before: str, number: int, group: Group) -> list[bytes]:
        after = self.ring.cursor
        gap = sse.event("gap", {"reason": reason, "from": before, "to": after})
        return [gap, *sse.snapshot_events(self.last.since(number, group.symbols), after)]

    # Subscribers

    def group(self, key: GroupKey) -> Group:
        """Return the group of `key`, made if there is none."""
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(key, key.selection.among(self.last), self._partitions)
            group.number, group.cursor = self.ring.number, self.ring.cursor
            group.told = self.told
            group.written = self._loop.time()
            if group.conflates:
                self._wheel.add(group)
            else:
                for symbol in group.symbols:
                    wanted = self._index.get(symbol)
                    if wanted is None:
                        wanted = self._awaited.setdefault(symbol, {})
                    wanted[group] = None
        return group

    def enter(self, subscriber: Subscriber, key: GroupKey) -> None:
        """Count a new subscriber in. It is sent nothing before `Subscriber.open`."""
        subscriber.hub = self
        self.assign(subscriber, self.group(key))
        subscriber.told = self.told
        self.subscribers.add(subscriber)
        self.streams.add(subscriber)

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
            move(self, subscriber, self.missed(subscriber))
            return
        group, ring = subscriber.group, self.ring
        if group.conflates and not group.members:
            group.number, group.cursor = ring.number, ring.cursor
        if group.pending or group.number != ring.number:
            if group.conflates or group.pending:
                subscriber.state = State.JOINING
                group.joiners.append(subscriber)
                return
            group.number, group.cursor = ring.number, ring.cursor
        missed = self.missed(subscriber)
        subscriber.number, subscriber.cursor = ring.number, ring.cursor
        if missed:
            # These can fill the socket, or take so long that more is missed: it comes again.
            subscriber.open(missed)
            return
        subscriber.state = State.LIVE
        subscriber.lagged = 0.0
        group.admit(subscriber)

    def _let_in(self, group: Group) -> None:
        # A conflating group has no other moment before its next turn: there all come in.
        most = len(group.joiners) if group.conflates else JOINERS
        joiners, group.joiners = group.joiners[:most], group.joiners[most:]
        if group.joiners:
            self.fan_out.mark(group)
        for subscriber in joiners:
            if subscriber.state is State.JOINING:
                self.admit(subscriber)

    def missed(self, subscriber: Subscriber) -> list[bytes]:
        """Return what one that is no member lacks of its group's events up to now."""
        ring, group, number = self.ring, subscriber.group, subscriber.number
        if number == ring.number:
            return []
        if group.conflates:
            return sse.newest_events(self.last.since(number, group.symbols), ring.cursor)
        chasing = subscriber.lagged > 0 and self.now() - subscriber.lagged > CHASE
        if number < ring.floor or chasing:
            subscriber.lagged = 0.0
            # What has not ticked since was not missed, though the ring no longer goes back so far.
            if not self.last.since(number, group.symbols):
                return []
            # Either the feed itself has a gap, or the ring went on while it took what it was sent.
            reason = self._gap_reason if number < self._gap_number else "slow"
            self.gaps[reason] += 1
            return self._gap(reason, subscriber.cursor, number, group)
        return ring.since([number] * self._partitions, group.symbols, group.partitions)

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

    def catch_up(self, subscriber: Subscriber) -> None:
        """Let a slow consumer, whose socket has drained, go on with the newest of what changed."""
        group = subscriber.group
        group.members.pop(subscriber, None)
        events: list[bytes] = []
        if not group.conflates and self.now() - subscriber.lagged > self.brief:
            # Nothing was kept from it if it drained before the next tick of its symbols.
            if self.last.since(subscriber.number, group.symbols):
                self.gaps["slow"] += 1
                events = self._gap("slow", subscriber.cursor, subscriber.number, group)
            subscriber.number, subscriber.cursor = self.ring.number, self.ring.cursor
        subscriber.open(events)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber."""
        subscriber.state = State.CLOSED
        subscriber.backlog = None
        self.subscribers.discard(subscriber)
        self.streams.discard(subscriber)
        self.full.discard(subscriber)
        subscriber.group.members.pop(subscriber, None)
        self.release(subscriber.group)

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
        else:
            for symbol in group.symbols:
                if symbol in self._index:
                    del self._index[symbol][group]
                else:
                    del self._awaited[symbol][group]
                    if not self._awaited[symbol]:
                        del self._awaited[symbol]

    def close(self) -> None:
        """Stop all timers."""
        self._wheel.close()
        self.fan_out.close()
