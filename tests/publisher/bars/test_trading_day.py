"""When days begin: with the session, in its time zone, also when clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.publisher.bars.trading_day import UTC_DAY, SessionError, trading_day
from tickcast.wire.bar import INTERVALS
from tickcast.wire.tick import MAX_TIME

SECOND, MINUTE, DAY = INTERVALS["1s"], INTERVALS["1m"], INTERVALS["1d"]
NEW_YORK = ("0930-1600", "America/New_York")


def at(text: str) -> int:
    """Return a time in UTC as µs since 1970."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def shown(time: int) -> str:
    return datetime.fromtimestamp(time / SECOND, UTC).isoformat()[:16]


@pytest.mark.parametrize(
    ("session", "zone", "time", "start"),
    [
        ("", "", "2026-07-01T23:59:59", "2026-07-01T00:00"),
        ("0930-1600", "", "2026-07-01T23:59:59", "2026-07-01T00:00"),
        ("", "Asia/Tokyo", "2026-07-01T23:59:59", "2026-07-01T00:00"),
        ("24x7", "Asia/Tokyo", "2026-07-01T23:59:59", "2026-07-01T00:00"),
        (*NEW_YORK, "2026-07-01T13:30:00", "2026-07-01T13:30"),
        (*NEW_YORK, "2026-07-01T13:29:59", "2026-06-30T13:30"),
        (*NEW_YORK, "2026-07-02T02:00:00", "2026-07-01T13:30"),
        (*NEW_YORK, "2026-12-01T14:29:59", "2026-11-30T14:30"),
        # Clocks were set forward on March 8, and back on November 1: days of 23 and 25 hours.
        (*NEW_YORK, "2026-03-08T13:29:59", "2026-03-07T14:30"),
        (*NEW_YORK, "2026-03-08T13:30:00", "2026-03-08T13:30"),
        (*NEW_YORK, "2026-11-01T14:29:59", "2026-10-31T13:30"),
        (*NEW_YORK, "2026-11-01T14:30:00", "2026-11-01T14:30"),
        # A start that is skipped, and one that comes twice.
        ("0230-2300", "Europe/Berlin", "2026-03-29T01:29:59", "2026-03-28T01:30"),
        ("0230-2300", "Europe/Berlin", "2026-03-29T01:30:00", "2026-03-29T01:30"),
        ("0230-2300", "Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25T00:30"),
        ("0230-2300", "Europe/Berlin", "2026-10-25T01:30:00", "2026-10-25T00:30"),
        ("1800-1700", "America/Chicago", "2026-07-01T22:59:59", "2026-06-30T23:00"),
        ("1800-1700", "America/Chicago", "2026-07-01T23:00:00", "2026-07-01T23:00"),
        ("09:00-11:30,12:30-15:00", "Asia/Tokyo", "2026-07-01T00:00:00", "2026-07-01T00:00"),
        ("09:15 - 15:30", "Asia/Kolkata", "2026-07-01T03:44:59", "2026-06-30T03:45"),
        ("0000-2400", "Europe/Berlin", "2026-07-01T22:00:00", "2026-07-01T22:00"),
        # Samoa had no December 30.
        ("1000-1600", "Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T20:00"),
        ("0000-2400", "America/New_York", "1970-01-01T00:00:01", "1970-01-01T00:00"),
    ],
)
def test_a_day_begins_with_its_session(session: str, zone: str, time: str, start: str) -> None:
    days = trading_day(session, zone)
    assert shown(days.start(at(time))) == start
    assert shown(days.start(at(time))) == start


@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(
        [
            "America/New_York",
            "Europe/Berlin",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Monrovia",
        ]
    ),
    st.lists(st.integers(0, MAX_TIME // MINUTE), min_size=1, max_size=5),
)
def test_days_follow_each_other_without_a_hole_in_any_order_of_asking(
    hour: int, minute: int, zone: str, minutes: list[int]
) -> None:
    days = trading_day(f"{hour:02}{minute:02}-2300", zone)
    for at_minute in minutes:
        time = at_minute * MINUTE
        start = days.start(time)
        assert start <= time
        assert start % MINUTE == 0
        assert days.start(start) == start
        assert start == 0 or days.start(start - MINUTE) < start
        # No day is longer than that of a zone that skips one.
        assert time - start < timedelta(hours=49) / timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("session", "zone", "words"),
    [
        ("always", "UTC", "session 'always'; expected a start and an end"),
        ("0930", "UTC", "session '0930'"),
        ("2430-2500", "UTC", "session '2430-2500'"),
        ("٠٩30-1600", "UTC", "session"),
        ("0930-1600", "America/Gotham", "time zone 'America/Gotham' is not known here"),
        ("0930-1600", "../../etc/passwd", "is not known here"),
        ("0930-1600", "/etc/passwd", "is not known here"),
        ("0930-1600", "a\0b", "is not known here"),
        ("0930-1600", "America", "is not known here"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(session: str, zone: str, words: str) -> None:
    with pytest.raises(SessionError, match=words):
        trading_day(session, zone)


def test_instruments_with_one_session_share_its_days() -> None:
    assert trading_day(*NEW_YORK) is trading_day(*NEW_YORK)
    assert trading_day("", "") is UTC_DAY
    assert UTC_DAY.start(DAY + 5) == DAY
