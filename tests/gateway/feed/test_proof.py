"""What proves that prices are live and how old they are, and clocks of Redis that are set meanwhile."""

import pytest

from tests.gateway.feed.turned import EPOCH, Turned
from tickcast.gateway.feed.state import MAX_LAG
from tickcast.wire.position import Position


def test_age_is_that_of_the_newest_batch_by_redis_and_never_negative(turned: Turned) -> None:
    turned.load()
    turned.answer()
    turned.hear()
    assert turned.state.age() is None  # a heartbeat is no batch
    turned.hear(ticks=True)
    turned.now += 1
    turned.hear()
    assert turned.state.age() == 1000
    turned.answer(now=turned.redis - 1_500_000)
    assert turned.state.age() == 0


@pytest.mark.parametrize("hour", [3600.0, -3600.0])
@pytest.mark.parametrize("answered_first", [True, False])
def test_redis_s_clock_is_set_an_hour_on_or_back_and_nothing_becomes_stale_or_stays_live(
    turned: Turned, hour: float, answered_first: bool
) -> None:
    turned.make_live()
    turned.hear(ticks=True)
    before = turned.redis
    turned.apart += hour
    turned.now += 0.5
    if answered_first:
        # `meta` still has the heartbeat of before.
        turned.answer(sent=before)
        assert (turned.found(), turned.state.age()) == (("live", "", True), 500)
    turned.hear()
    assert turned.found() == ("live", "", True)
    turned.answer()
    assert turned.found() == ("live", "", True)
    # And the publisher dies.
    turned.now += MAX_LAG + 0.2
    turned.answer(sent=turned.redis - int((MAX_LAG + 0.2) * 1e6))
    assert turned.found() == ("stale", "no heartbeat from the publisher", True)


def test_a_proof_from_the_future_is_none(turned: Turned) -> None:
    turned.load()
    turned.answer()
    turned.state.applied(0, turned.redis + 3_600_000_000, True)
    turned.answer()
    turned.now += 0.1
    turned.answer()
    turned.now += MAX_LAG + 0.2
    turned.answer(sent=turned.redis - 3_200_000)
    assert turned.found()[0] == "stale"


def test_a_late_answer_does_not_set_the_clock(turned: Turned) -> None:
    turned.make_live()
    asked = turned.now
    turned.now += 2
    turned.hear()
    turned.answer(asked=asked)
    # By the late answer the heartbeat of now would seem two seconds old.
    assert turned.state.silence() == pytest.approx(0)


def test_a_cursor_is_lost_only_if_redis_said_so_after_the_client_came(turned: Turned) -> None:
    turned.make_live()
    came, far = turned.now, Position(100, 0)
    assert not turned.state.lacks(0, EPOCH, far, came)
    turned.now += 1
    turned.answer(position=Position(200, 0))
    turned.hear()
    assert not turned.state.lacks(0, EPOCH, far, came)
    turned.answer(position=Position(99, 0))
    assert turned.state.lacks(0, EPOCH, far, came)
    assert not turned.state.lacks(0, "another", far, came)
    turned.now += MAX_LAG + 1
    turned.state.check()
    assert not turned.state.lacks(0, EPOCH, far, came)


def test_without_an_answer_of_redis_nothing_is_live_and_the_reason_says_why(turned: Turned) -> None:
    turned.load()
    turned.state.unanswered("Redis denies a right")
    for _ in range(5):
        turned.now += 1
        turned.hear(ago=25, ticks=True)
        assert turned.found() == ("stale", "Redis denies a right", True)
    assert turned.state.age() is None


def test_a_channel_that_stays_late_behind_the_log_is_not_taken_for_a_clock_that_was_set_back(
    turned: Turned,
) -> None:
    turned.make_live()
    turned.state.fell_behind(0)
    turned.state.caught_up(0, turned.redis)
    for _ in range(20):
        turned.now += 1
        turned.hear(ago=5, ticks=True)
        turned.answer()
    assert turned.found()[0] == "stale"
    assert turned.told[1:] == [("stale", "catching up")]


def test_the_age_of_a_quiet_feed_stays_when_redis_s_clock_is_set_back(turned: Turned) -> None:
    turned.make_live()
    turned.hear(ticks=True)
    turned.now += 600
    turned.answer()
    turned.hear()
    assert turned.state.age() == 600_000
    turned.apart -= 3600
    turned.hear()
    turned.answer()
    turned.hear()
    assert turned.state.age() == 600_000
    assert turned.found()[0] == "live"
