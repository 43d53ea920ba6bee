"""All ten events of a stream: hello snapshot tick ticks bar gap symbols status heartbeat bye. Pure.

docs/protocol.md has a table of each event's fields. The bounds of `retry:` are here too, because it is
sent with an event.
"""

import time
from collections.abc import Iterable, Mapping, Sequence

from tickcast.gateway.protocol.sse import event, retry, with_cursor
from tickcast.wire.cursor import common

VERSION = 1
"""Version of the protocol."""

RETRY = (1000, 5000)
"""Bounds in ms of the reconnection time in `hello`, and in `bye` when a stream has reached its maximum age.

Each client gets a random time between them, so that clients cut off together do not return together.
"""

DRAIN_RETRY = (200, 1500)
"""Bounds in ms of the reconnection time while a gateway drains: short, because the drain itself spreads
clients out."""

SNAPSHOT_BYTES = 48 * 1024
"""A snapshot event is closed when its array passes this size."""

_TICK = b"event: tick\ndata: "


def now() -> int:
    """Return the server's time for an event, in µs since the epoch."""
    return time.time_ns() // 1000


def hello(fields: Mapping[str, object], wait: int) -> bytes:
    """Return the first event of a stream; when it breaks, the client should reconnect after `wait` ms."""
    return retry(wait) + event("hello", {**fields, "retry": wait})


def status(feed: str, age: int, reason: str) -> bytes:
    """Return the event with the state of the feed, `live` or `stale`, its silence in ms, and the reason."""
    said: dict[str, object] = {"feed": feed, "age": age}
    if reason:
        said["reason"] = reason
    return event("status", said)


def heartbeat(feed: str, age: int, cursor: str) -> bytes:
    """Return the event for a silent stream; `age` is the age of the newest batch in ms."""
    return event("heartbeat", {"t": now(), "feed": feed, "age": age}, cursor)


def bye(reason: str, wait: int) -> bytes:
    """Return the last event of a stream; the client should reconnect after `wait` ms."""
    return retry(wait) + event("bye", {"reason": reason, "retry": wait})


def gap(reason: str, before: str, to: str) -> bytes:
    """Return the event for missing ticks between two cursors; `reason` is slow, retention or feed."""
    # The feed can have gone back to before `before`. Then the gap begins where both cursors still agree.
    return event("gap", {"reason": reason, "from": common(before, to), "to": to})


def symbols(count: int, added: list[str], dropped: list[str]) -> bytes:
    """Return the event that announces a changed list of symbols, which now matches `count` symbols."""
    return event("symbols", {"symbols": count, "added": added, "dropped": dropped})


def batch_events(
    ticks: list[tuple[bytes, bytes]], cursor: str, bars: Sequence[tuple[bytes, bytes]] = ()
) -> list[bytes]:
    """Return a `tick` or `bar` event for each (key, JSON) of a batch, ticks first, each with its own cursor.

    `cursor` stands for the whole batch: the last event carries it unchanged, the others with their place
    in the batch. So a client that is cut off anywhere can resume without a repeat.
    """
    head, join = b"id: " + cursor.encode("ascii"), b"".join
    # Joined and not formatted: a formatted result keeps a buffer that is a third too large.
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
    """Return a `tick` event for each JSON, then the `bars` events; the last event of all carries the cursor.

    `cursor` is None if more bars follow, from before the newest of these ticks.

    Ticks come first because they are newer than the bars: a client that is cut off among the bars has
    every tick and may resume from a bar's own, older cursor. The other way round it could miss a tick.
    """
    events = [b"event: tick\ndata: %b\n\n" % json for json in jsons]
    events += bars
    if events and cursor is not None:
        events[-1] = with_cursor(events[-1], cursor)
    return events


def snapshot_events(jsons: Iterable[bytes], cursor: str, bars: Iterable[bytes] = ()) -> list[bytes]:
    """Return `snapshot` events, arrays of ticks, then a `bar` event for each bar; the last has the cursor.

    There is always a `snapshot`, even an empty one: it shows the client that it now has everything.
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
    """Return the events, each run of `tick` events merged into one `ticks` event with the last cursor."""
    out: list[bytes] = []
    run: list[bytes] = []
    head = b""
    for each in events:
        at = each.find(_TICK)
        if at >= 0:
            # The part before is the id. In a conflating group only the last tick has an id; keep that.
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
