"""The ticks in a body: its lines, what is wrong with some, and the partition of each of the others. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tickcast.publisher.http.body import NDJSON
from tickcast.publisher.sources.times import Times
from tickcast.runtime.problem import Problem
from tickcast.wire.bounds import MAX_ENTRY_LINES
from tickcast.wire.exact_json import array_elements
from tickcast.wire.inbox import decode_entry
from tickcast.wire.layout import Layout
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import TickError

KEPT_REASON = 300
"""Characters of a reason, at most: a thousand of them go into an answer."""


class Line(NamedTuple):
    """The JSON of a tick, in one line."""

    number: int
    """Its place in the body, from 1: the line of NDJSON, or the element of an array."""
    text: bytes


class Refused(NamedTuple):
    """A line that is no valid tick."""

    line: int
    reason: str


@dataclass(slots=True)
class Checked:
    """What may be handed in, and what may not."""

    by_partition: dict[int, list[bytes]] = field(default_factory=dict)
    """Valid lines, in order."""
    refused: list[Refused] = field(default_factory=list)

    @property
    def valid(self) -> int:
        """The number of valid lines."""
        return sum(map(len, self.by_partition.values()))


def read_lines(body: bytes, kind: str) -> list[Line]:
    """Return the lines of an unpacked body of media type `kind`; blank lines are left out.

    Raises Problem: 400 if it is no array, 413 for too many lines.
    """
    found = []
    for line in _ndjson(body) if kind == NDJSON else _array(body):
        found.append(line)
        if len(found) > MAX_ENTRY_LINES:
            raise Problem(413, f"a body has at most {MAX_ENTRY_LINES} ticks")
    return found


def _ndjson(body: bytes) -> Iterable[Line]:
    for number, text in enumerate(body.split(b"\n"), 1):
        if stripped := text.strip():
            yield Line(number, stripped)


def _array(body: bytes) -> Iterable[Line]:
    try:
        for number, text in enumerate(array_elements(body.decode("utf-8")), 1):
            # A line feed inside of a JSON text is a blank: strings have none.
            yield Line(number, text.replace("\n", " ").encode("utf-8"))
    except ValueError as error:
        raise Problem(400, f"the body is no JSON array: {error}") from None


def check(
    line: Line,
    layout: Layout,
    times: Times,
    now: int,
    into: Checked,
    allowed: Callable[[str], bool] = lambda symbol: True,
) -> None:
    """Add a line to those that may be handed in, or to those refused.

    `layout` is the feed's. `now`, in µs, stands in for a time that is left out, and times are judged by it.
    Ticks of other symbols than those `allowed` are refused.
    """
    entry = decode_entry({b"d": line.text}, now, layout.case)
    if entry.faults:
        into.refused.append(Refused(line.number, entry.faults[0].reason[:KEPT_REASON]))
        return
    [(tick, text)] = entry.ticks
    if not allowed(tick.symbol):
        into.refused.append(Refused(line.number, f"your token does not allow to hand in {tick.symbol}"))
        return
    try:
        times.check(tick.time, "us", now)
    except TickError as error:
        into.refused.append(Refused(line.number, str(error)[:KEPT_REASON]))
        return
    place = partition_of(tick.symbol.encode("ascii"), layout.partitions)
    into.by_partition.setdefault(place, []).append(text)
