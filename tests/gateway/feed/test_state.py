"""Live or stale, by a clock of the gateway and a clock of Redis that the test turns."""

import pytest

from tests.gateway.feed.turned import Turned
from tickcast.gateway.feed.state import MAX_LAG, RETRY_AFTER


def test_it_is_live_only_once_connected_loaded_and_heard_of(turned: Turned) -> None:
    state = turned.state
    assert turned.found() == ("stale", "no connection to Redis", False)
    state.connected()
    assert turned.found() == ("stale", "loading", False)
    state.loaded(0, whole=True)
    state.caught_up(0)
    assert turned.found() == ("stale", "no heartbeat from the publisher", True)
    turned.answer()
    assert turned.found() == ("stale", "catching up", False)
    turned.hear()
    assert turned.found() == ("live", "", True)
    assert turned.told == [("live", "")]


def test_a_gateway_that_starts_without_a_publisher_is_never_live_and_tells_the_age_of_the_newest_batch(
    turned: Turned,
) -> None:
    state = turned.state
    assert state.age() is None
    state.connected()
    turned.answer(sent=turned.redis - 60_000_000)
    # The log is read: its newest batch is a minute old, and so was the last heartbeat.
    turned.state.applied(0, turned.redis - 61_000_000, True)
    state.loaded(0, whole=True)
    state.caught_up(0, turned.redis - 60_000_000)
    assert turned.found() == ("stale", "no heartbeat from the publisher", True)
    assert state.age() == 61_000
    turned.now += 2
    assert turned.found()[0] == "stale"
    assert (state.age(), turned.told) == (63_000, [])


def test_one_silent_partition_makes_it_stale_and_its_return_live() -> None:
    turned = Turned(partitions=2)
    turned.make_live()
    turned.now += MAX_LAG + 0.1
    turned.hear(0)
    turned.state.check()
    assert turned.told[1:] == [("stale", "no heartbeat from the publisher")]
    assert turned.state.silence() == pytest.approx(3.1)
    turned.hear(1)
    assert turned.told[2:] == [("live", "")]


def test_what_arrives_late_is_not_live_however_much_arrives(turned: Turned) -> None:
    turned.make_live()
    for lag in range(8):
        turned.now += 1
        turned.hear(ago=float(lag), ticks=True)
        turned.answer()
    assert turned.found() == ("stale", "catching up", False)
    assert turned.told[1:] == [("stale", "catching up")]
    assert turned.state.age() == 7_000
    turned.hear(ticks=True)
    assert turned.found() == ("live", "", True)


def test_a_break_that_mends_before_a_heartbeat_is_missed_is_not_told(turned: Turned) -> None:
    turned.make_live()
    turned.state.disconnected()
    turned.state.check()
    turned.now += 1
    turned.state.connected()
    turned.hear()
    assert turned.told == [("live", "")]


def test_after_a_lasting_break_it_is_live_and_ready_only_once_the_log_has_been_read() -> None:
    turned = Turned(partitions=2)
    turned.make_live()
    state = turned.state
    state.disconnected()
    turned.now += 10
    state.check()
    state.connected()
    turned.answer()
    assert turned.found() == ("stale", "catching up", False)
    state.caught_up(0, turned.redis)
    assert turned.found() == ("stale", "catching up", False)
    state.caught_up(1, turned.redis)
    assert turned.found() == ("live", "", True)
    assert [name for name, _ in turned.told] == ["live", "stale", "live"]


def test_a_log_that_takes_long_to_read_makes_it_stale_whatever_is_heard_meanwhile(turned: Turned) -> None:
    turned.make_live()
    turned.state.fell_behind(0)
    turned.now += MAX_LAG - 0.1
    turned.answer()
    assert turned.found() == ("live", "", True)
    turned.now += 0.2
    turned.answer()
    assert not turned.state.check()
    assert turned.told[1:] == [("stale", "catching up")]
    assert turned.state.silence() == pytest.approx(3.1)
    assert not turned.state.is_ready
    turned.state.caught_up(0, turned.redis)
    assert turned.told[2:] == [("live", "")]


def test_without_a_publisher_it_is_ready_all_the_same(turned: Turned) -> None:
    turned.make_live()
    sent = turned.redis
    turned.now += MAX_LAG + 0.1
    turned.answer(sent=sent)
    assert turned.found() == ("stale", "no heartbeat from the publisher", True)


def test_while_newest_prices_are_missing_in_redis_it_is_not_live(turned: Turned) -> None:
    turned.state.connected()
    turned.state.loaded(0, whole=False)
    turned.state.caught_up(0)
    turned.answer()
    turned.hear()
    assert turned.found() == ("stale", "Redis lacks newest prices", False)
    turned.state.loaded(0, whole=True)
    assert turned.found()[0] == "live"


def test_a_lasting_break_is_told_with_its_reason(turned: Turned) -> None:
    turned.make_live()
    turned.state.disconnected("Redis is full")
    turned.now += MAX_LAG + 0.1
    turned.state.check()
    assert turned.told[1:] == [("stale", "Redis is full")]


def test_a_connection_without_proof_is_given_up_after_a_while_and_the_next_one_too(turned: Turned) -> None:
    turned.make_live()
    turned.now += MAX_LAG + 0.1
    assert not turned.state.check()
    turned.now += RETRY_AFTER - MAX_LAG
    assert turned.state.check()
    turned.state.disconnected()
    assert not turned.state.check()
    turned.state.connected()
    turned.now += RETRY_AFTER - 0.1
    assert not turned.state.check()
    turned.now += 0.2
    assert turned.state.check()


def test_a_connection_is_kept_while_redis_says_that_nobody_writes(turned: Turned) -> None:
    turned.make_live()
    sent = turned.redis
    for _ in range(4):
        turned.now += RETRY_AFTER
        turned.answer(sent=sent)
        assert not turned.state.check()
    assert turned.found() == ("stale", "no heartbeat from the publisher", True)
    # Somebody writes again: the connection has as long as any to bring it.
    turned.answer()
    assert not turned.state.check()
    turned.now += RETRY_AFTER - 0.1
    turned.answer()
    assert not turned.state.check()
    turned.now += 0.2
    assert turned.state.check()


def test_what_redis_has_said_of_writers_does_not_count_for_long(turned: Turned) -> None:
    turned.make_live()
    sent = turned.redis
    turned.now += RETRY_AFTER
    turned.answer(sent=sent)
    assert not turned.state.check()
    turned.now += RETRY_AFTER + 0.1
    assert turned.state.check()


def test_a_forged_time_of_sending_makes_no_age_and_no_clock(turned: Turned) -> None:
    turned.make_live()
    turned.hear(ticks=True)
    turned.state.wanted.clear()
    turned.state.applied(0, turned.redis + 10**15, True)
    # Redis is asked at once which of the two it is.
    assert turned.state.wanted.is_set()
    for second in range(1, 4):
        turned.now += 1
        assert turned.state.age() == pytest.approx(second * 1000, abs=1)
    turned.answer()
    assert turned.state.age() == pytest.approx(3000, abs=1)
    turned.now += MAX_LAG
    assert turned.found()[0] == "stale"


def test_a_clock_of_redis_that_was_set_forward_is_believed_when_redis_says_so(turned: Turned) -> None:
    turned.make_live()
    turned.apart += 3600
    turned.hear(ticks=True)
    turned.now += 1
    turned.answer()
    assert turned.state.age() == pytest.approx(1000, abs=1)
    turned.hear(ticks=True)
    assert (turned.state.age(), turned.found()[0]) == (0, "live")
