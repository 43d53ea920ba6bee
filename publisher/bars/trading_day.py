"""When the day of an instrument begins: at the start of its session in its time zone, else at midnight UTC.

A session is told as `0930-1600` or `09:30-16:00`, and may end on the next day (`1800-1700`). Only its start
matters here: a day lasts from there to the next start, so prices before the session belong to the day before.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickcast.wire.bar import INTERVALS

MAX_KNOWN = 1024
"""Different sessions that are remembered, at most: a producer may name any number of them."""

_ALWAYS = ("", "24x7", "24/7")
"""Sessions without a start."""

_SESSION = re.compile(
    r"\s*([01][0-9]|2[0-3]):?([0-5][0-9])\s*-\s*([01][0-9]|2[0-4]):?[0-5][0-9]\b.*", re.ASCII
)
_SECOND, _MINUTE, _DAY = INTERVALS["1s"], INTERVALS["1m"], INTERVALS["1d"]


class SessionError(ValueError):
    """The session or its time zone cannot be read. The message says why."""


class TradingDay:
    """The days of all instruments with one session."""

    __slots__ = ("_end", "_minutes", "_start", "_zone")

    def __init__(self, minutes: int = 0, zone: tzinfo = UTC) -> None:
        """Let each day begin so many minutes after midnight in a time zone."""
        self._minutes = minutes
        self._zone = zone
        # The day that was asked for last, µs since 1970. At first it is none.
        self._start = self._end = 0

    def start(self, time: int) -> int:
        """Return when the day of a time begins; both are µs since 1970. The result is of whole minutes."""
        if not self._start <= time < self._end:
            self._start, self._end = self._around(time)
        return self._start

    def _around(self, time: int) -> tuple[int, int]:
        """Return the start of the day of a time, and of the next."""
        if self._zone is UTC and not self._minutes:
            start = time - time % _DAY
            return start, start + _DAY
        today = datetime.fromtimestamp(time // _SECOND, self._zone).date()
        start, end = self._on(today), self._on(today + timedelta(days=1))
        if time < start:
            return self._on(today - timedelta(days=1)), start
        return start, end

    def _on(self, day: date) -> int:
        # Where clocks skip it, it is as much later; where it comes twice, it is the first.
        hours, minutes = divmod(self._minutes, 60)
        begin = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=self._zone)
        time = max(0, round(begin.timestamp()) * _SECOND)
        return time - time % _MINUTE


UTC_DAY = TradingDay()
"""Days from midnight to midnight UTC: those of instruments without a session."""


@lru_cache(MAX_KNOWN)
def trading_day(session: str, timezone: str) -> TradingDay:
    """Return the days of an instrument: those of UTC if it has no session or no time zone.

    Raises SessionError if one of them cannot be read.
    """
    if session in _ALWAYS or not timezone:
        return UTC_DAY
    found = _SESSION.fullmatch(session)
    if found is None:
        raise SessionError(f"session {session!r}; expected a start and an end, such as 0930-1600")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SessionError(f"time zone {timezone!r} is not known here: {error}") from None
    return TradingDay(60 * int(found[1]) + int(found[2]), zone)
