"""A move: how a stream goes from one group to another, when its client has changed what it wants.

It happens at one moment of the feed, and the events say which: before `symbols` the client has
everything of what it wanted, up to that moment; then comes the newest of what is new, then all that
follows of what it wants now. So what stays is neither missed nor repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tickcast.gateway.fanout.group import Group, GroupKey
from tickcast.gateway.protocol import sse
from tickcast.gateway.streams.subscriber import State, Subscriber

if TYPE_CHECKING:
    from tickcast.gateway.fanout.hub import Hub

T = TypeVar("T")


def request_move(hub: Hub, subscriber: Subscriber, key: GroupKey) -> None:
    """Let a stream become one that wants `key`: now if it has all that it was owed, else when it has."""
    subscriber.wanted = key
    if subscriber.state is State.LIVE:
        hub.fan_out.between_rounds(lambda: _move_member(hub, subscriber))
    elif subscriber.state is State.JOINING:
        # It waits only for the next frame, and that of a conflating group may be 10 s away.
        subscriber.group.joiners.remove(subscriber)
        hub.admit(subscriber)


def _move_member(hub: Hub, subscriber: Subscriber) -> None:
    # Meanwhile it may have moved, lagged or gone. Who lags comes through `Hub.admit`, and moves there.
    if subscriber.wanted in (None, subscriber.group.key) or subscriber.state is not State.LIVE:
        return
    group = subscriber.group
    # The others get these with the next frame.
    hub.arrears.settle(group)
    owed = list(group.pending)
    if group.conflates:
        owed += hub.memory.turn(group)
    del group.members[subscriber]
    subscriber.told = hub.told
    move(hub, subscriber, owed)


def move(hub: Hub, subscriber: Subscriber, owed: list[bytes]) -> None:
    """Move one that is no member, and wants to; `owed` is what it lacks up to now where it was."""
    assert subscriber.wanted is not None
    old, key, subscriber.wanted = subscriber.group, subscriber.wanted, None
    new = hub.group(key)
    hub.assign(subscriber, new)
    hub.release(old)
    subscriber.number, subscriber.cursor = hub.ring.number, hub.ring.cursor
    subscriber.open([*owed, *_announce(old, new, hub)])


def _announce(old: Group, new: Group, hub: Hub) -> list[bytes]:
    """Return the events that tell what has changed, and the newest of what is new."""
    if old is new:
        return []
    had, has = old.key.selection.entries, new.key.selection.entries
    added, dropped = _without(has, had), _without(had, has)
    events = [sse.event("symbols", {"symbols": len(new.symbols), "added": added, "dropped": dropped})]
    bars = hub.bars.since(-1, _without(new.bars, old.bars))
    if added:
        fresh = _without(new.symbols, old.symbols)
        return events + sse.snapshot_events(hub.last.since(-1, fresh), hub.ring.cursor, bars)
    return events + sse.bar_events(bars)


def _without(some: list[T], others: list[T]) -> list[T]:
    left_out = set(others)
    return [each for each in some if each not in left_out]
