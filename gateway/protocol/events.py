"""All events of a stream: hello snapshot tick ticks bar gap symbols retired state status heartbeat bye. Pure.

docs/protocol.md has a table of each event's fields. The bounds of `retry:` are here too, because it is
sent with an event.
"""

import random
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence

from tickcast.gateway.protocol.sse import comment, event, retry, with_cursor
from tickcast.wire.cursor import common, epoch_of
from tickcast.wire.notice import NoticeLine, Retired

VERSION = 1
"""Version of the protocol."""

RETRY = (1000, 5000)
"""Bounds in ms of the reconnection time in `hello`, and in `bye` when a stream has reached its maximum age.

Each client gets a random time between them, so that clients cut off together do not return together.
"""

DRAIN_RETRY = (200, 1500)
"""Bounds in ms of the reconnection time while a gateway drains: short, because the drain itself spreads
clients out."""

ARRAY_BYTES = 48 * 1024
"""Bytes of an array of ticks, at most: some clients refuse lines of more than 64 KiB."""

MAX_PADDING = 16 * 1024
"""Bytes of padding, at most; what holds back more than that waits for the end of a response."""

_NOISE = random.Random(0).randbytes(MAX_PADDING)

_TICK = b"event: tick\ndata: "
_BAR_SYMBOL = b'event: bar\ndata: {"S":"'


def now() -> int:
    """Return the server's time for an event, in µs since the epoch."""
    return time.time_ns() // 1000


def hello(fields: Mapping[str, object], wait: int, cursor: str) -> bytes:
    """Return the first event of a stream; when it breaks, the client should reconnect after `wait` ms.

    `cursor` is the one the client came with, "" for none: many clients forget theirs at an event without.
    """
    return retry(wait) + event("hello", {**fields, "retry": wait}, cursor)


def status(feed: str, age: int | None, reason: str) -> bytes:
    """Return the event with the state of the feed, `live` or `stale`, and the reason.

    `age` is that of the newest batch in ms; None: not known.
    """
    said: dict[str, object] = {"feed": feed, "age": age}
    if reason:
        said["reason"] = reason
    return event("status", said)


def heartbeat(feed: str, age: int | None, cursor: str) -> bytes:
    """Return the event for a silent stream; `age` is the age of the newest batch in ms, None: not known."""
    return event("heartbeat", {"t": now(), "feed": feed, "age": age}, cursor)


def bye(reason: str, wait: int, cursor: str) -> bytes:
    """Return the last event of a stream; the client should reconnect after `wait` ms, with `cursor`."""
    return retry(wait) + event("bye", {"reason": reason, "retry": wait}, cursor)


def padding(size: int) -> bytes:
    """Return a comment that has at least `size` bytes, compressed too; at most MAX_PADDING."""
    return comment(b64encode(_NOISE[:size]).decode("ascii"))


def put_off(why: str, wait: int) -> bytes:
    """Return a whole stream without an event; the client should reconnect after `wait` ms."""
    return comment(why) + retry(wait) + b"\n"


def gap(reason: str, before: str, to: str) -> bytes:
    """Return the event for missing ticks between two cursors; `reason` is slow, retention or feed.

    It names the epoch of `to`, to which all that follows belongs.
    """
    # The feed can have gone back to before `before`. Then the gap begins where both cursors still agree.
    return event("gap", {"reason": reason, "from": common(before, to), "to": to, "epoch": epoch_of(to)})


def symbols(count: int, added: list[str], dropped: list[str]) -> bytes:
    """Return the event that announces a changed list of symbols, which now matches `count` symbols."""
    return event("symbols", {"symbols": count, "added": added, "dropped": dropped})


def notice_event(line: NoticeLine) -> bytes:
    """Return the `retired` or `state` event of a notice, without a cursor."""
    if isinstance(line.notice, Retired):
        return event("retired", {"S": [line.notice.symbol], "reason": line.notice.reason})
    return event("state", line.json)


def batch_events(
    ticks: list[tuple[bytes, bytes]],
    cursor: str,
    bars: Sequence[tuple[bytes, bytes]] = (),
    notices: Sequence[NoticeLine] = (),
) -> list[bytes]:
    """Return an event for each (key, JSON) of a batch: ticks, bars, notices, each with its own cursor.

    `cursor` stands for the whole batch: the last event carries it unchanged, the others with their place
    in the batch. So a client that is cut off anywhere can resume without a repeat.
    """
    tail, join = b"\nid: " + cursor.encode("ascii"), b"".join
    # Joined and not formatted: a formatted result keeps a buffer that is a third too large.
    events = [
        join((b"event: tick\ndata: ", json, tail, b".%d\n\n" % place))
        for place, (_, json) in enumerate(ticks, 1)
    ]
    if bars:
        events += [
            join((b"event: bar\ndata: ", json, tail, b".%d\n\n" % place))
            for place, (_, json) in enumerate(bars, len(ticks) + 1)
        ]
    if notices:
        events += [
            with_cursor(notice_event(line), f"{cursor}.{place}")
            for place, line in enumerate(notices, len(events) + 1)
        ]
    if events:
        events[-1] = with_cursor(events[-1], cursor)
    return events


def newest_events(
    jsons: Iterable[bytes],
    cursor: str | None,
    bars: Iterable[bytes] = (),
    notices: Iterable[bytes] = (),
) -> list[bytes]:
    """Return the `notices` events, a `tick` event for each JSON, then the `bars` events.

    The last event of all carries the cursor.

    `cursor` is None if more bars follow, from before the newest of these ticks.

    Ticks come first because they are newer than the bars: a client that is cut off among the bars has
    every tick and may resume from a bar's own, older cursor. The other way round it could miss a tick.
    Notices come first of all: a symbol that left and has a tick has returned since.
    """
    events = [*notices]
    events += [b"event: tick\ndata: %b\n\n" % json for json in jsons]
    events += bars
    if events and cursor is not None:
        events[-1] = with_cursor(events[-1], cursor)
    return events


def snapshot_events(
    jsons: Iterable[bytes], cursor: str, bars: Iterable[bytes] = (), states: Iterable[bytes] = ()
) -> list[bytes]:
    """Return `snapshot` events, arrays of ticks, the `states` events, and a `bar` event for each bar.

    The last event has the cursor.

    There is always a `snapshot`, even an empty one: it shows the client that it now has everything.
    """
    arrays: list[list[bytes]] = [[]]
    size = 1
    for json in jsons:
        size += len(json) + 1
        if size > ARRAY_BYTES and arrays[-1]:
            arrays.append([])
            size = len(json) + 2
        arrays[-1].append(json)
    events = [event("snapshot", b"[%b]" % b",".join(array)) for array in arrays]
    events += states
    events += bar_events(bars)
    events[-1] = with_cursor(events[-1], cursor)
    return events


def symbol_in(bar_event: bytes) -> bytes:
    """Return the symbol of a `bar` event."""
    return bar_event[len(_BAR_SYMBOL) : bar_event.index(b'"', len(_BAR_SYMBOL))]


def bar_events(jsons: Iterable[bytes]) -> list[bytes]:
    """Return a `bar` event for each bar, without a cursor."""
    return [b"event: bar\ndata: %b\n\n" % json for json in jsons]


def gather_ticks(events: list[bytes]) -> list[bytes]:
    """Return the events, each run of `tick` events merged into `ticks` events, each with its last cursor.

    There is one for a run, or several where an array would be too large.
    """
    out: list[bytes] = []
    run: list[bytes] = []
    tail = b"\n"
    size = 1
    for each in events:
        if each.startswith(_TICK):
            end = each.index(b"\n", len(_TICK))
            size += end - len(_TICK) + 1
            if size > ARRAY_BYTES and run:
                out.append(_ticks(run, tail))
                run, tail, size = [], b"\n", end - len(_TICK) + 2
            run.append(each[len(_TICK) : end])
            # What follows the data is the id. In a conflating group only the last tick has an id; keep that.
            if len(each) > end + 2:
                tail = each[end + 1 :]
            continue
        if run:
            out.append(_ticks(run, tail))
            run, tail, size = [], b"\n", 1
        out.append(each)
    if run:
        out.append(_ticks(run, tail))
    return out


def _ticks(run: list[bytes], tail: bytes) -> bytes:
    return b"event: ticks\ndata: [%b]\n%b" % (b",".join(run), tail)
