"""Live or stale, by a clock that the test turns."""

import pytest

from tickcast.gateway.feed.state import RETRY_AFTER, STALE_AFTER, FeedState


class Turned:
    """A feed state, its clock and the changes it has told."""

    def __init__(self, partitions: int = 1) -> None:
        self.now = 1000.0
        self.state = FeedState(partitions, lambda: self.now)
        self.told: list[tuple[str, str]] = []
        self.state.on_change = lambda: self.told.append((self.state.name, self.state.reason))

    def make_live(self) -> None:
        self.state.connected()
        for partition in range(len(self.state._heard)):
            self.state.caught_up(partition)
            self.state.heard(partition)


@pytest.fixture
def turned() -> Turned:
    return Turned()


def test_it_is_live_only_once_connected_and_loaded(turned: Turned) -> None:
    state = turned.state
    assert (state.name, state.reason) == ("stale", "no connection to Redis")
    state.connected()
    state.heard(0)
    assert (state.name, state.reason) == ("stale", "loading")
    state.caught_up(0)
    assert (state.name, state.reason) == ("live", "")
    assert turned.told == [("live", "")]


def test_one_silent_partition_makes_it_stale_and_its_return_live() -> None:
    turned = Turned(partitions=2)
    turned.make_live()
    turned.now += STALE_AFTER + 0.1
    turned.state.heard(0)
    turned.state.check()
    assert turned.told[1:] == [("stale", "no heartbeat from the publisher")]
    assert turned.state.silence() == 3100
    turned.state.heard(1)
    assert turned.told[2:] == [("live", "")]


def test_a_break_that_mends_before_a_heartbeat_is_missed_is_not_told(turned: Turned) -> None:
    turned.make_live()
    turned.state.disconnected()
    turned.state.check()
    turned.now += 1
    turned.state.connected()
    turned.state.heard(0)
    assert turned.told == [("live", "")]


def test_after_a_lasting_break_it_is_live_and_ready_only_once_the_log_has_been_read() -> None:
    turned = Turned(partitions=2)
    turned.make_live()
    state = turned.state
    state.disconnected()
    turned.now += 10
    state.check()
    state.connected()
    state.heard(0)
    state.heard(1)
    assert (state.name, state.reason, state.is_ready) == ("stale", "catching up", False)
    state.caught_up(0)
    assert (state.name, state.reason, state.is_ready) == ("stale", "catching up", False)
    state.caught_up(1)
    assert (state.name, state.reason, state.is_ready) == ("live", "", True)
    assert [name for name, _ in turned.told] == ["live", "stale", "live"]


def test_a_log_that_takes_long_to_read_makes_it_stale_whatever_is_heard_meanwhile(turned: Turned) -> None:
    turned.make_live()
    turned.state.fell_behind(0)
    turned.now += STALE_AFTER - 0.1
    turned.state.heard(0)
    turned.state.check()
    assert (turned.state.is_live, turned.state.is_ready) == (True, True)
    turned.now += 0.2
    assert not turned.state.check()
    assert turned.told[1:] == [("stale", "catching up")]
    assert turned.state.silence() == 3100
    assert not turned.state.is_ready
    turned.state.caught_up(0)
    assert turned.told[2:] == [("live", "")]


def test_without_a_publisher_it_is_ready_all_the_same(turned: Turned) -> None:
    turned.make_live()
    turned.now += STALE_AFTER + 0.1
    turned.state.check()
    assert (turned.state.is_live, turned.state.is_ready) == (False, True)


def test_it_is_settled_since_it_was_level_again_after_a_break_and_not_while_it_is_behind(
    turned: Turned,
) -> None:
    state = turned.state
    assert state.settled() == 0
    turned.make_live()
    turned.now += 2
    state.heard(0)
    assert state.settled() == 2
    # A short break that nobody is told of.
    state.disconnected()
    state.connected()
    state.heard(0)
    assert (state.is_live, state.settled()) == (True, 0)
    turned.now += 1
    state.heard(0)
    state.caught_up(0)
    assert state.settled() == 0
    turned.now += 2
    # A hole that is filled.
    state.heard(0)
    state.fell_behind(0)
    assert state.settled() == 0
    state.caught_up(0)
    assert state.settled() == 2
    # A silence.
    turned.now += STALE_AFTER + 1
    state.check()
    assert state.settled() == 0
    state.heard(0)
    turned.now += 1
    assert state.settled() == 1


def test_a_lasting_break_is_told_with_its_reason(turned: Turned) -> None:
    turned.make_live()
    turned.state.disconnected()
    turned.now += STALE_AFTER + 0.1
    turned.state.check()
    assert turned.told[1:] == [("stale", "no connection to Redis")]


def test_a_silent_connection_is_given_up_after_a_while_and_the_next_one_too(turned: Turned) -> None:
    turned.make_live()
    turned.now += STALE_AFTER + 0.1
    assert not turned.state.check()
    turned.now += RETRY_AFTER - STALE_AFTER
    assert turned.state.check()
    turned.state.disconnected()
    assert not turned.state.check()
    turned.state.connected()
    turned.now += RETRY_AFTER - 0.1
    assert not turned.state.check()
    turned.now += 0.2
    assert turned.state.check()


def test_age_is_that_of_the_newest_batch_and_never_negative(
    turned: Turned, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert turned.state.age() == 0
    monkeypatch.setattr("tickcast.gateway.feed.state.time.time", lambda: 2000.0)
    turned.state.ticked(1_999_000_000)
    turned.state.ticked(1_500_000_000)
    assert turned.state.age() == 1000
    turned.state.ticked(2_100_000_000)
    assert turned.state.age() == 0
