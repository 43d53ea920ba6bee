"""How long a client waits, within bounds and spread, and which answers are final."""

import pytest

from tickcast.client.reconnect import back_off, may_change, refusal, retry_after, silence_of


@pytest.mark.parametrize(
    ("attempts", "first", "least", "expected"),
    [
        (0, 2000, 0, (1.0, 2.0)),
        (1, 2000, 0, (2.0, 4.0)),
        (9, 2000, 0, (15.0, 30.0)),
        (10**6, 2000, 0, (15.0, 30.0)),
        (0, 0, 0, (0.05, 0.1)),
        (0, -5, 0, (0.05, 0.1)),
        (0, 1e15, 0, (15.0, 30.0)),
        (0, 2000, 10, (10.0, 15.0)),
        (0, 2000, 1e9, (300.0, 450.0)),
    ],
)
def test_waits_grow_are_bounded_and_spread(
    attempts: int, first: float, least: float, expected: tuple[float, float]
) -> None:
    assert (back_off(attempts, 0.0, first, least), back_off(attempts, 1.0, first, least)) == expected


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("", 0),
        ("7", 7),
        ("9" * 40, 999_999_999),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 0),
        ("soon", 0),
        ("-3", 0),
        ("٣", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(field: str, seconds: float) -> None:
    assert retry_after(field, 10.0) == seconds


@pytest.mark.parametrize(("heartbeat", "seconds"), [(5000, 12.5), (100, 1.5), (10**9, 150.0), (-1, 1.5)])
def test_a_stream_is_mute_after_two_and_a_half_heartbeats(heartbeat: int, seconds: float) -> None:
    assert silence_of(heartbeat) == seconds


def test_what_may_pass_is_tried_again() -> None:
    assert [
        status for status in (200, 301, 400, 401, 403, 404, 408, 425, 429, 500, 503) if may_change(status)
    ] == [*(408, 425, 429, 500, 503)]


def test_a_refusal_says_the_detail_or_the_first_line() -> None:
    assert str(refusal(400, b'{"detail":"no symbol"}')) == "HTTP 400: no symbol"
    assert str(refusal(404, b"not here\nat all")) == "HTTP 404: not here"
    assert str(refusal(404, b"")) == "HTTP 404: no event stream"
