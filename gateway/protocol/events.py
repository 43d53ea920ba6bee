"""All ten events of a stream: hello snapshot tick ticks bar gap symbols status heartbeat bye. Pure.

docs/protocol.md has a table of each event's fields. Retry bounds stand here too, because `retry:`
comes with an event.
"""

import time
from collections.abc import Iterable, Mapping, Sequence

from tickcast.gateway.protocol.sse import event, retry, with_cursor
from tickcast.wire.cursor import common

VERSION = 1
"""Version of the protocol."""

RETRY = (1000, 5000)
"""Bounds in ms of the reconnection time in `hello`, and in `bye` at the end of a stream's age.

It differs from client to client: cut off together, they come back apart.
"""

DRAIN_RETRY = (200, 1500)
"""Bounds in ms of the reconnection time while a gateway drains: short, because the drain spreads clients."""

SNAPSHOT_BYTES = 48 * 1024
"""A snapshot event is closed when its array passes this size."""

_TICK = b"event: tick\ndata: "


def now() -> int:
    """Return the server's time as events tell it, in µs since the epoch."""
    return time.time_ns() // 1000


def hello(fields: Mapping[str, object], wait: int) -> bytes:
    """Return the first event of a stream; its client comes back after `wait` ms when it is cut."""
    return retry(wait) + event("hello", {**fields, "retry": wait})


def status(feed: str, age: int, reason: str) -> bytes:
    """Return the event that says whether the feed is `live` or `stale`, its age in ms, and why."""
    said: dict[str, object] = {"feed": feed, "age": age}
    if reason:
        said["reason"] = reason
    return event("status", said)


def heartbeat(feed: str, age: int, cursor: str) -> bytes:
    """Return the event that a silent stream gets; `age` is that of the newest batch in ms."""
    return event("heartbeat", {"t": now(), "feed": feed, "age": age}, cursor)


def bye(reason: str, wait: int) -> bytes:
    """Return the last event of a stream; its client should come back after `wait` ms."""
    return retry(wait) + event("bye", {"reason": reason, "retry": wait})


def gap(reason: str, before: str, to: str) -> bytes:
    """Return the event for ticks missing between two cursors; `reason` is slow, retention or feed."""
    # A feed can have gone back behind `before`. The gap begins where both still agree, then.
    return event("gap", {"reason": reason, "from": common(before, to), "to": to})


def symbols(count: int, added: list[str], dropped: list[str]) -> bytes:
    """Return the event that announces a changed list, which now matches `count` symbols."""
    return event("symbols", {"symbols": count, "added": added, "dropped": dropped})


def batch_events(
    ticks: list[tuple[bytes, bytes]], cursor: str, bars: Sequence[tuple[bytes, bytes]] = ()
) -> list[bytes]:
    """Return a `tick` or `bar` event for each (key, JSON) of a batch, ticks first, each with its own cursor.

    `cursor` is that of the whole batch: the last event carries it as it is, the others with
    their place. A connection can be cut anywhere, and must come back without a repeat.
    """
    head, join = b"id: " + cursor.encode("ascii"), b"".join
    # Joined and not formatted: what is formatted keeps the room that was reserved for it, a third more.
    events = [
        join((head, b".%d\nevent: tick\ndata: " % place, json, b"\n\n"))
        for place, (_, json) in enumerate(ticks, 1)
    ]
    if bars:
        events += [
            join((head, b".%d\nevent: bar\ndata: " % place, json, b"\n\n"))
            for place, (_, json) in enumerate(bars, len(ticks) + 1)
        ]
    if events:
        events[-1] = with_cursor(events[-1], cursor)
    return events


def newest_events(jsons: Iterable[bytes], cursor: str | None, bars: Iterable[bytes] = ()) -> list[bytes]:
    """Return a `tick` event for each JSON, then the bar events given; the last of all carries the cursor.

    None: more bars follow, which are from before the newest of these ticks.

    The ticks are newer than their bars, so a client that is cut off among the bars has every tick and
    may come back with a bar's own, older cursor; the other way round a tick could be missed.
    """
    events = [b"event: tick\ndata: %b\n\n" % json for json in jsons]
    events += bars
    if events and cursor is not None:
        events[-1] = with_cursor(events[-1], cursor)
    return events


def snapshot_events(jsons: Iterable[bytes], cursor: str, bars: Iterable[bytes] = ()) -> list[bytes]:
    """Return `snapshot` events, arrays of ticks, then a `bar` event for each bar; the last has the cursor.

    There is always a snapshot, even if empty: it tells a client that it now has everything.
    """
    arrays: list[list[bytes]] = [[]]
    size = 0
    for json in jsons:
        if size > SNAPSHOT_BYTES:
            arrays.append([])
            size = 0
        arrays[-1].append(json)
        size += len(json)
    events = [event("snapshot", b"[%b]" % b",".join(array)) for array in arrays]
    events += bar_events(bars)
    events[-1] = with_cursor(events[-1], cursor)
    return events


def bar_events(jsons: Iterable[bytes]) -> list[bytes]:
    """Return a `bar` event for each bar, without a cursor."""
    return [b"event: bar\ndata: %b\n\n" % json for json in jsons]


def gather_ticks(events: list[bytes]) -> list[bytes]:
    """Return the events with each run of `tick` events made one `ticks` event, with the last one's cursor."""
    out: list[bytes] = []
    run: list[bytes] = []
    head = b""
    for each in events:
        at = each.find(_TICK)
        if at >= 0:
            # What stands before is the id. A conflating group's last tick alone has one, and it counts.
            head = each[:at] or head
            run.append(each[at + len(_TICK) : -2])
            continue
        if run:
            out.append(_ticks(head, run))
            run, head = [], b""
        out.append(each)
    if run:
        out.append(_ticks(head, run))
    return out


def _ticks(head: bytes, run: list[bytes]) -> bytes:
    return b"%bevent: ticks\ndata: [%b]\n\n" % (head, b",".join(run))
