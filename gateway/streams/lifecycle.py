"""The lifecycle: EVERY transition of a stream, from its entry to its end. No other file sets a state.

    enter -> wait -> open -> join -> live -> lag -> open ...      and leave from anywhere

A PATCH takes effect at one moment of the feed, and the `symbols` event marks it: before it the client gets
all events of its old list up to that moment; after it the newest values of the added symbols, then all
later events of the new list. So a symbol in both lists is neither missed nor repeated.
"""

from collections.abc import Callable, Iterator
from typing import cast

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.hub import Hub
from tickcast.gateway.fanout.member import State
from tickcast.gateway.limits.payers import Payers
from tickcast.gateway.limits.work import Work
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.sse import cursor_of
from tickcast.gateway.streams.missed import MissedEvents
from tickcast.gateway.streams.patch import announcement
from tickcast.gateway.streams.registry import Registry
from tickcast.gateway.streams.send_queue import SendQueue
from tickcast.gateway.streams.slow_consumer import SlowConsumers
from tickcast.gateway.streams.subscriber import Subscriber

PIECE = 64 * 1024
"""Bytes that an opening stream writes to its socket in one piece."""

PIECES = 4
"""Pieces without a pause: compressing them takes about 5 ms, and a large snapshot has six times as many."""

JOINERS, JOINERS_OF_TURN = 64, 1000
"""Streams that join a group after one frame, at most: thousands may come back at once.

The second bound is for conflating groups, where a frame comes only at a turn: about 10 ms of work.
"""


class Lifecycle:
    """Owns all streams of one hub: it is the `owner` of every `Subscriber`."""

    def __init__(self, hub: Hub, stall: float, work: Work, registry: Registry | None = None) -> None:
        """Cut a stream after `stall` seconds without progress; count what each costs in `work`.

        `registry` also has the streams of other hubs; None: there is no other one.
        """
        self.hub = hub
        self._work = work
        self.registry = Registry() if registry is None else registry
        self.missed = MissedEvents(hub.gaps, hub.partitions)
        self.slow = SlowConsumers(self.missed, stall, hub.bytes)
        self._send_queue = SendQueue(self._go_on, work)
        self._now = hub.now

    # Enter, wait, open

    def enter(self, subscriber: Subscriber, key: GroupKey, address: str = "") -> None:
        """Register a new stream of an address in its group. It is sent nothing before `open` or `wait`."""
        subscriber.owner = self
        subscriber.group = self.hub.join(key)
        subscriber.asked = key.sharing(subscriber.group.key)
        subscriber.account = self.hub.bytes.account(address)
        subscriber.payers = Payers(self._work, address, subscriber.grant and subscriber.grant.subject)
        self.hub.bytes.enter(subscriber.account, subscriber.group)
        self.slow.count(subscriber)
        subscriber.status_number = self.hub.status_number
        self.registry.add(subscriber)
        if subscriber.full:
            self.slow.watch(subscriber)

    def wait(self, subscriber: Subscriber) -> None:
        """Put a new stream in WAITING, until this gateway reaches its client's cursor."""
        subscriber.state = State.WAITING
        subscriber.since = self._now()

    def open(self, subscriber: Subscriber, events: list[bytes]) -> None:
        """Send `events` in order, as fast as the socket takes them; then the stream joins its group."""
        events.reverse()
        subscriber.backlog = events
        subscriber.state = State.OPENING
        self._advance(subscriber)

    def _advance(self, subscriber: Subscriber) -> None:
        backlog, left = subscriber.backlog, PIECES
        while backlog and not subscriber.full:
            if left == 0:
                self._send_queue.later(subscriber)
                return
            left -= 1
            size, piece = 0, []
            while backlog and size < PIECE:
                piece.append(backlog.pop())
                size += len(piece[-1])
            subscriber.sent = next(filter(None, map(cursor_of, reversed(piece))), subscriber.sent)
            subscriber.write(subscriber.group.key.framing.frame(piece))
        if not backlog and not subscriber.full:
            subscriber.backlog = None
            if subscriber.replay is None:
                self.join(subscriber)
            else:
                self._send_queue.later(subscriber)

    def _go_on(self, subscriber: Subscriber) -> None:
        """Resume sending: the socket is writable again, or it is the stream's turn."""
        if subscriber.state is State.OPENING:
            if not subscriber.backlog and subscriber.replay is not None:
                subscriber.backlog = self.slow.missed(subscriber)[::-1]
            self._advance(subscriber)
        elif subscriber.state is State.LAGGING:
            self.open(subscriber, self.slow.after_lag(subscriber))

    # Join

    def join(self, subscriber: Subscriber) -> None:
        """Make a stream a member if it stands where its group's last frame ends, else send what it lacks."""
        subscriber.sent = subscriber.cursor  # it has all up to there
        if subscriber.status_number != self.hub.status_number:
            # The feed's state changed while the stream was no member.
            subscriber.status_number = self.hub.status_number
            self.open(subscriber, [self.hub.status()])
            return
        if subscriber.wanted is not None:
            missed = self.slow.missed(subscriber)
            if subscriber.replay is None:
                self._regroup(subscriber, missed)
            else:
                self.open(subscriber, missed)
            return
        group, ring = subscriber.group, self.hub.ring
        if group.conflates and not group.members:
            group.number, group.cursor = ring.number, ring.cursor
            group.release_bars()  # the stream gets them from the ring
        if group.pending or group.number != ring.number:
            if group.conflates or group.pending:
                subscriber.state = State.JOINING
                group.joiners.append(subscriber)
                return
            group.number, group.cursor = ring.number, ring.cursor
        missed = self.slow.missed(subscriber)
        if missed or subscriber.replay is not None:
            # Sending these can fill the socket, or take so long that it misses more: the stream joins later.
            self.open(subscriber, missed)
            return
        self.missed.stand_now(subscriber)
        subscriber.state = State.LIVE
        subscriber.lagged = 0.0
        group.admit(subscriber)

    def let_in(self, group: Group) -> None:
        """Let streams join that waited for a group's frame, which was just built."""
        if group.conflates and group.number != self.hub.ring.number:
            # A status or a heartbeat between two turns: who joins waits for the turn all the same.
            self._tell_joiners(group)
            return
        most = JOINERS_OF_TURN if group.conflates else JOINERS
        for subscriber in self._take_joiners(group, most):
            self.join(subscriber)

    def _tell_joiners(self, group: Group) -> None:
        """Send the feed's state to each stream that waits for a turn and lacks it; then it waits again."""
        told = self.hub.status_number
        waiting = cast("list[Subscriber]", group.joiners)
        group.joiners = [each for each in waiting if each.status_number == told]
        for subscriber in waiting:
            if subscriber.status_number != told and subscriber.state is State.JOINING:
                self.join(subscriber)

    def interrupt_joiners(self, group: Group, event_at: Callable[[str], bytes]) -> None:
        """Send an event to each stream that waits for a group's frame, at its cursor; then it waits again."""
        for subscriber in self._take_joiners(group, len(group.joiners)):
            self.open(subscriber, [event_at(subscriber.cursor)])

    def _take_joiners(self, group: Group, most: int) -> Iterator[Subscriber]:
        joiners, group.joiners = group.joiners[:most], group.joiners[most:]
        if group.joiners:
            group.due = group.conflates
            self.hub.scheduler.mark(group)
        # Only `join` adds joiners, so all are subscribers.
        for subscriber in cast("list[Subscriber]", joiners):
            if subscriber.state is State.JOINING:
                yield subscriber

    # Lag

    def paused(self, subscriber: Subscriber) -> None:
        """Put a live stream in LAGGING: its socket is full, so it gets no frames."""
        if subscriber.state is State.LIVE:
            # Everything written so far is in the buffer and will arrive: the lag starts after it.
            subscriber.state = State.LAGGING
            subscriber.lagged = self._now()
            subscriber.status_number = subscriber.group.status_number
            self._stand_at_frame(subscriber)
        self.slow.watch(subscriber)

    def _stand_at_frame(self, subscriber: Subscriber) -> None:
        """Take a live stream, which was sent its group's newest frame, out of its group."""
        group = subscriber.group
        del group.members[subscriber]
        # The group may have had no frame since the stream joined.
        if group.framed[0] > subscriber.number:
            subscriber.number, subscriber.cursor = group.framed
        subscriber.sent = subscriber.cursor

    def drained(self, subscriber: Subscriber) -> None:
        """Queue a stream whose socket is writable again."""
        self.slow.forget(subscriber)
        self._send_queue.add(subscriber)

    # Regroup

    def change_key(self, subscriber: Subscriber, key: GroupKey) -> None:
        """Move a stream to the group of `key`, once it has all events of its old group."""
        if key == (subscriber.wanted or subscriber.asked):
            return
        subscriber.wanted = key
        if subscriber.state is State.LIVE:
            self.hub.scheduler.between_rounds(lambda: self._regroup_member(subscriber), subscriber.payers)
        elif subscriber.state is State.JOINING:
            # Do not wait for the next frame: in a conflating group it may be an hour away.
            subscriber.group.joiners.remove(subscriber)
            self.join(subscriber)
        if subscriber.wanted is not None:
            self.slow.count(subscriber)

    def _regroup_member(self, subscriber: Subscriber) -> None:
        # Since the call the stream may have moved, lagged or gone. A lagging stream is moved by `join`.
        if subscriber.wanted is None or subscriber.state is not State.LIVE:
            return
        group = subscriber.group
        # The other members get these events with the next frame.
        self.hub.gaps.write_gaps(group)
        last_events = list(group.pending)
        if group.conflates:
            last_events += self.hub.gaps.turn(group, 1).events
        self._stand_at_frame(subscriber)
        subscriber.status_number = self.hub.status_number
        self._regroup(subscriber, last_events)

    def _regroup(self, subscriber: Subscriber, last_events: list[bytes]) -> None:
        """Move a stream, which is no member, to the group it wants; first send its `last_events` there."""
        assert subscriber.wanted is not None
        old, asked = subscriber.group, subscriber.asked
        subscriber.group = self.hub.join(subscriber.wanted)
        subscriber.asked, subscriber.wanted = subscriber.wanted.sharing(subscriber.group.key), None
        self.hub.bytes.move(subscriber.account, old, subscriber.group)
        self.slow.count(subscriber)
        self.hub.release(old)
        self.missed.stand_now(subscriber)
        announced = announcement(asked, old, subscriber.asked, subscriber.group, self.hub)
        self.open(subscriber, [*last_events, *announced])

    # Leave

    def end(self, subscriber: Subscriber, last_event: Callable[[str], bytes]) -> None:
        """End a stream with the event that `last_event` returns for its cursor.

        The cursor covers nothing that the client was not sent. A live stream ends between two rounds: during
        one it may lack the newest frame of its group.
        """
        if subscriber.state is State.LIVE:
            self.hub.scheduler.between_rounds(lambda: self._end(subscriber, last_event))
        else:
            self._end(subscriber, last_event)

    def _end(self, subscriber: Subscriber, last_event: Callable[[str], bytes]) -> None:
        if subscriber.state is State.CLOSED:
            return
        if subscriber.state is State.LIVE:
            self._stand_at_frame(subscriber)
        unsent = subscriber.state is State.WAITING or subscriber.backlog or subscriber.replay is not None
        cursor = subscriber.sent if unsent else subscriber.cursor
        last = subscriber.group.key.framing.last([last_event(cursor)])
        # First, because these bytes may fill the socket of a stream that is in no group any more.
        subscriber.lost()
        subscriber.finish(last)
        self.slow.see_off(subscriber)

    def lost(self, subscriber: Subscriber) -> None:
        """Remove a stream: its client has gone, or the gateway has cut it."""
        subscriber.state = State.CLOSED
        subscriber.backlog = subscriber.replay = subscriber.wanted = None
        self.registry.discard(subscriber)
        self.slow.forget(subscriber)
        subscriber.group.members.pop(subscriber, None)
        self.hub.bytes.leave(subscriber.account, subscriber.group)
        self.hub.release(subscriber.group)

    def cut(self, group: Group) -> None:
        """Cut every stream of a group that failed. What a stream has got is unknown; its cursor will say."""
        for subscriber in [each for each in self.registry.of(self) if each.group is group]:
            subscriber.abort()
            subscriber.lost()
