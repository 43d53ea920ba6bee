"""From when on a batch counts: a date that seems to be before it was written makes nothing early."""

import pytest

from tests.publisher.delay.test_clock import SECOND, Machine
from tickcast.publisher.broker import Broker
from tickcast.publisher.delay.dating import Dating
from tickcast.wire.batch import Batch
from tickcast.wire.position import START


def batch(sent: int) -> Batch:
    return Batch("0" * 16, START, START, sent * SECOND, [])


@pytest.fixture
def dating() -> Dating:
    """One whose clock shows 1000 s, and to which all that was written before 950 s is known."""
    here = Machine()
    clock = here.clock()
    here.look(clock, 1000 * SECOND)
    dating = Dating(Broker("redis://127.0.0.1:1"), 0, clock)
    dating.has_all(950 * SECOND)
    return dating


def dates(dating: Dating, *sent: int) -> list[int]:
    return [dating.date(batch(each)).sent // SECOND for each in sent]


def test_batches_keep_their_dates(dating: Dating) -> None:
    assert dates(dating, 950, 960, 960, 1000, 1001) == [950, 960, 960, 1000, 1001]
    # What is written in two steps at once may be a little out of order.
    assert dates(dating, 1000) == [1000]


def test_what_was_dated_by_a_clock_that_was_set_back_counts_from_now(dating: Dating) -> None:
    assert dates(dating, 100, 101) == [1000, 1000]
    # The clock was set back, and forward again, while nobody looked.
    assert dates(dating, 980, 970, 990) == [980, 1000, 990]


def test_once_the_clock_is_known_to_be_set_back_dates_count_again(dating: Dating) -> None:
    assert dates(dating, 100) == [1000]
    dating.has_all(101 * SECOND)
    assert dates(dating, 101, 102) == [101, 102]


def test_what_the_delayer_before_has_seen_is_the_first_bound(dating: Dating) -> None:
    here = Machine()
    noted = here.clock()
    here.look(noted, 500 * SECOND)
    dating.go_on(noted.note().encode(), waits=True)
    assert dates(dating, 490, 510) == [1000, 510]
