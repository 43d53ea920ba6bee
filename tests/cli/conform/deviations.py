"""Deviations that a proxy plants: the check that has to find each, and the others that may."""

import itertools
import re
from collections.abc import Callable
from typing import NamedTuple

from tests.cli.conform.altering import Altering, page


class Planted(NamedTuple):
    """One deviation."""

    check: str
    how: Callable[[], Altering]
    others: frozenset[str] = frozenset()
    """Checks that may find it, too."""


def without(pattern: bytes) -> Callable[[bytes], bytes]:
    """Take something out of a head or an event."""
    return lambda text: re.sub(pattern, b"", text)


def instead(method: bytes, status: int) -> Altering:
    """Answer a method with a page."""
    return Altering(answer=lambda asked, head: page(status) if asked.startswith(method) else None)


def as_page(status: int, other: int) -> Altering:
    """Answer with a page of another status in place of a problem."""
    wanted = b" %d " % status
    return Altering(answer=lambda asked, head: page(other) if wanted in head.partition(b"\r\n")[0] else None)


def some_ticks_lost() -> Altering:
    count = itertools.count(1)
    return Altering(
        event=lambda event: b"" if event.startswith(b"event: tick\n") and next(count) % 9 == 0 else event
    )


def replaced(pattern: bytes, by: bytes) -> Callable[[], Altering]:
    """Replace something in every event."""
    return lambda: Altering(event=lambda event: re.sub(pattern, by, event))


RESUMES = frozenset({"resume-exact", "resume-parameter", "snapshot-cursor"})
PATCHING = frozenset({"patch"})

PLANTED = {
    "an event before hello": Planted(
        "hello-first", replaced(rb"^(retry: \d+\nevent: hello)", rb"event: welcome\ndata: {}\n\n\1")
    ),
    "the same retry for all": Planted("retry-spread", replaced(rb'(retry: |"retry":)\d+', rb"\g<1>1000")),
    "streams that may be packed on the way": Planted(
        "stream-headers",
        lambda: Altering(answer=lambda asked, head: re.sub(b", no-transform", b"", head)[:-2]),
    ),
    "ticks without an id": Planted(
        "cursors", replaced(rb"(?s)^(event: tick\n.*?)\nid: \S+", rb"\1"), RESUMES
    ),
    "Last-Event-ID taken out": Planted(
        "resume-exact",
        lambda: Altering(without(rb"(?im)^last-event-id: .*\r\n")),
        frozenset({"resume-unknown", "snapshot-cursor"}),
    ),
    "the cursor of the address taken out": Planted(
        "resume-parameter", lambda: Altering(without(rb"&lastEventId=[^& ]*"))
    ),
    "a snapshot in place of a reset": Planted(
        "resume-unknown", replaced(rb'"resumed":"reset"', rb'"resumed":"new"')
    ),
    "no heartbeats": Planted("heartbeat", replaced(rb"(?s)^event: heartbeat\n.*", b"")),
    "lost ticks": Planted("gap-told", some_ticks_lost, frozenset({"snapshot", *RESUMES})),
    "wrong requests answered with a page": Planted(
        "errors", lambda: as_page(400, 200), frozenset({"head", "body"})
    ),
    "another page for what is not there": Planted("not-found", lambda: as_page(404, 404)),
    "prices as text": Planted("events", replaced(rb'"p":([0-9.]+)', rb'"p":"\1"')),
    "a heartbeat that is no number": Planted(
        "events", replaced(rb'"heartbeat":\d+', rb'"heartbeat":"soon"'), frozenset({"heartbeat"})
    ),
    "PATCH refused": Planted("patch", lambda: instead(b"PATCH", 403), frozenset({"not-found"})),
    "POST refused": Planted("body", lambda: instead(b"POST", 405)),
    "HEAD refused": Planted("head", lambda: instead(b"HEAD", 405), frozenset({"foreign-origin"})),
    "a lowered interval": Planted(
        "interval", lambda: Altering(lambda head: re.sub(rb"interval=60 ", b"interval=50 ", head))
    ),
    "every tick in place of the newest": Planted(
        "conflation", lambda: Altering(lambda head: head.replace(b"interval=500", b"interval=0"))
    ),
    "an empty snapshot": Planted("snapshot", replaced(rb"(event: snapshot\ndata: ).*", rb"\1[]"), PATCHING),
    "single ticks in place of arrays": Planted("format-array", lambda: Altering(without(rb"&format=array"))),
    "origins taken out": Planted("foreign-origin", lambda: Altering(without(rb"(?im)^origin: .*\r\n"))),
    "tags taken out": Planted("etag", lambda: Altering(without(rb"(?im)^if-none-match: .*\r\n"))),
}
"""What is wrong -> how it is made."""
