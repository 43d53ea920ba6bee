"""What a client is played, one script for each connection, and what it then has to do. Pure."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

EPOCH = "0123456789ab"
RETRY = 150
"""ms that a client is told to wait where the wait is not what is looked at."""

SYMBOL = "CONFORM"


class Script(NamedTuple):
    """One connection: bytes that are sent, then its end."""

    name: str
    rule: str
    pieces: Callable[[int], list[bytes]]
    """Number of the connection -> pieces, each sent by itself."""
    cursor: Callable[[int], str]
    """Number of the connection -> the cursor with which the client has to come back."""
    wait: int = RETRY
    """ms that the client is told to wait."""
    cut: bool = False
    """Whether the connection is reset, and does not end in order."""


def event(name: str, data: Any, cursor: str = "", end: bytes = b"\n", retry: int | None = None) -> bytes:
    """Return an event with the line ends `end`."""
    lines = [] if retry is None else [b"retry: %d" % retry]
    lines += [b"event: " + name.encode(), b"data: " + orjson.dumps(data)]
    lines += [b"id: " + cursor.encode()] if cursor else []
    return end.join(lines) + end + end


def own(number: int) -> str:
    """Return the cursor of what a connection sends last."""
    return f"c{number}"


def earlier(number: int) -> str:
    """Return the cursor of what it sends before that."""
    return f"c{number}a"


def hello(number: int, end: bytes = b"\n", retry: int = RETRY) -> bytes:
    """Return the beginning of a connection; the first has a snapshot, the others go on."""
    fields = {
        "stream": f"conform.{number}", "gateway": "conform", "name": "main", "version": 1, "interval": 0,
        "symbols": 1, "heartbeat": 5000, "t": 1_795_384_800_000_000, "epoch": EPOCH, "feed": "live",
        "resumed": "live" if number else "new", "replayed": 0, "retry": retry,
    }  # fmt: skip
    first = b"" if number else event("snapshot", [_tick(0)], "c", end)
    return event("hello", fields, "", end, retry) + first


def _tick(number: int) -> dict[str, Any]:
    return {"S": SYMBOL, "q": number + 1, "t": 1_795_384_800_000_000 + number, "p": 1.5}


def tick(number: int, cursor: str, end: bytes = b"\n") -> bytes:
    """Return the tick of a connection."""
    return event("tick", _tick(number + 1), cursor, end)


def _plain(number: int) -> list[bytes]:
    return [hello(number) + tick(number, own(number))]


def _with_end(end: bytes) -> Callable[[int], list[bytes]]:
    return lambda number: [hello(number, end) + tick(number, own(number), end)]


def _split(number: int) -> list[bytes]:
    whole = hello(number, b"\r\n") + tick(number, own(number), b"\r\n")
    places = sorted(random.Random(number).sample(range(1, len(whole)), 60))
    return [whole[a:b] for a, b in zip([0, *places], [*places, len(whole)], strict=True)]


def _comments(number: int) -> list[bytes]:
    odd = b": a comment\n:\ncolour: red\nid\n"
    kept = b"event: weather\ndata: {}\n\n"
    return [hello(number) + b": between\n\n" + kept + odd + tick(number, own(number))]


def _lines(number: int) -> list[bytes]:
    data = orjson.dumps(_tick(number + 1))
    head, tail = data[:1], data[1:]
    return [
        hello(number) + b"event: tick\ndata: %b\ndata: %b\nid: %b\n\n" % (head, tail, own(number).encode())
    ]


def _unfinished(number: int) -> list[bytes]:
    whole = hello(number) + tick(number, earlier(number))
    return [whole + b'id: never\nevent: tick\ndata: {"S":"CONF']


def _retry(number: int) -> list[bytes]:
    return [hello(number, retry=1000) + tick(number, own(number))]


def _bye(number: int) -> list[bytes]:
    told = event("bye", {"reason": "drain", "retry": 1200}, own(number), retry=1200)
    return [hello(number) + tick(number, earlier(number)) + told]


def _marked(number: int) -> list[bytes]:
    return [b"\xef\xbb\xbf", *_plain(number)]


SCRIPTS = (
    Script("comes-back", "when a stream ends, come back with the id of the last event", _plain, own),
    Script("reset", "when the connection is reset, come back with it as well", _plain, own, cut=True),
    Script("crlf", "lines may end with CRLF", _with_end(b"\r\n"), own),
    Script("cr", "lines may end with CR alone", _with_end(b"\r"), own),
    Script("bom", "a byte order mark in front of a stream is passed over", _marked, own),
    Script("split", "events come in any pieces, also cut between CR and LF", _split, own),
    Script("comments", "comments, unknown fields and unknown events are passed over", _comments, own),
    Script("data-lines", "data may have several lines", _lines, own),
    Script("unfinished", "an event cut off before its blank line does not count, nor does its id",
           _unfinished, earlier, cut=True),
    Script("retry", "wait as long as retry says; at least half of it, where waits are spread",
           _retry, own, 1000),
    Script("bye", "after bye come back with its id, not before half the time that it names",
           _bye, own, 1200),
)  # fmt: skip
"""In the order in which they are played."""
