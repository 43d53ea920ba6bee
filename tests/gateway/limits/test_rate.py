"""How often something may be done: so often at once, so often in a second, each key by itself."""

import pytest

from tests.support.clock import Clock
from tickcast.gateway.limits.owed import SWEPT
from tickcast.gateway.limits.rate import Rates


def test_so_often_at_once_and_then_so_often_in_a_second() -> None:
    clock = Clock()
    rates = Rates(10, 2.0, clock)
    assert [rates.take(b"a") for _ in range(10)] == [0.0] * 10
    assert rates.take(b"a") == pytest.approx(0.5)
    assert rates.take(b"b") == 0.0
    done = 0
    for _ in range(100):
        clock.now += 0.1
        done += rates.take(b"a") == 0.0
    assert done == pytest.approx(20, abs=1)
    clock.now += 1000
    assert [rates.take(b"a") for _ in range(11)].count(0.0) == 10


def test_keys_that_owe_nothing_are_forgotten() -> None:
    clock = Clock()
    rates = Rates(10, 2.0, clock)
    for number in range(10 * SWEPT):
        clock.now += 0.01
        rates.take(b"%d" % number)
    assert len(rates) <= 2 * SWEPT
