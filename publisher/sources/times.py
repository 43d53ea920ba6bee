"""Times of a source: the unit that they are in, and which of them can be true.

A time in another unit than expected is a number like any other: ms taken for µs are a day in 1970, and a
replay a thousand times too fast. So a time that cannot be true is malformed, and the complaint names the
unit that it looks like.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Literal

from tickcast.wire.tick import MAX_TIME, MIN_TIME, TickError

TimeUnit = Literal["us", "ms", "s", "ns"]

MAX_AHEAD = 86_400.0
"""Seconds that a time may be ahead of this machine's clock, unless set otherwise."""

_PLACES: dict[TimeUnit, int] = {"s": 6, "ms": 3, "us": 0, "ns": -3}
"""Decimal places between a unit and µs."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"([0-9]{1,19})(?:\.([0-9]{1,9}))?")


def microseconds(text: str, unit: TimeUnit) -> int | None:
    """Return the whole µs of a number in `unit`, without rounding; None if it is no time in that unit.

    Digits behind the µs are left off. Only s and ms may have decimal places.
    """
    match = _NUMBER.fullmatch(text)
    places = _PLACES[unit]
    if match is None or (match[2] and places <= 0):
        return None
    if unit == "ns":
        return int(match[1]) // 1000
    return int(match[1] + (match[2] or "")[:places].ljust(places, "0"))


def _date(found: int) -> str:
    return (_EPOCH + timedelta(microseconds=found)).isoformat().replace("+00:00", "Z")


class Times:
    """Reads and checks the times of one source."""

    def __init__(
        self, unit: TimeUnit = "us", max_ahead: float = MAX_AHEAD, way_out: str = ": --time-unit {unit}"
    ) -> None:
        """`unit` is the one that the input has; `max_ahead` is in seconds.

        `way_out` ends the complaint about a time that looks like another `{unit}`.
        """
        self.unit = unit
        self._way_out = way_out
        self._ahead = round(max_ahead * 1e6)
        self._max_ahead = max_ahead

    def read(self, text: str, unit: TimeUnit) -> int | None:
        """Return the µs of a time in `unit`; None if it is nothing of the kind in any unit.

        Raises TickError if it looks like a time in another unit.
        """
        found = microseconds(text, unit)
        if found is not None and found <= MAX_TIME:
            return found
        if hint := self._hint(text, time.time_ns() // 1000 + self._ahead):
            raise TickError(f"t: {text[:40]} is no time in {unit}{hint}")
        return None

    def check(self, found: int, unit: TimeUnit | None, now: int | None = None) -> None:
        """Raise TickError if a time, in µs, cannot be true.

        `unit` is the one that it was read in; None if it was a date as in RFC 3339. `now` is the time in µs
        to judge it by; None stands for the clock.
        """
        newest = (time.time_ns() // 1000 if now is None else now) + self._ahead
        if MIN_TIME <= found <= newest:
            return
        wrong = "before 2000" if found < MIN_TIME else f"more than {self._max_ahead:g} s ahead of the clock"
        way_out = "" if found < MIN_TIME else " (--max-ahead)"
        if unit is None:
            raise TickError(f"t: {_date(found)} is {wrong}{way_out}")
        text = str(found * 1000 if unit == "ns" else found // 10 ** _PLACES[unit])
        raise TickError(f"t: {text} in {unit} is {wrong}{self._hint(text, newest) or way_out}")

    def _hint(self, text: str, newest: int) -> str:
        for unit in _PLACES:
            found = microseconds(text, unit)
            if found is not None and MIN_TIME <= found <= newest:
                return f"; it looks like {unit}{self._way_out.format(unit=unit)}"
        return ""
