"""The cost model: what it takes from two loads, and that it foretells others from numbers alone."""

import pytest

from tickcast.bench.checker import Times
from tickcast.bench.scenarios.model import BOUND, LIST_SIZE, SYMBOLS, Model, Workload, fitted
from tickcast.bench.steady_source import STEP
from tickcast.bench.window import Window
from tickcast.gateway.fanout.rest import MAX_FACTOR, MAX_REST


def window(frames: float, ticks: int, cpu: float) -> Window:
    return Window(1.0, cpu, ticks, 0, 0, 0.0, 0.0, 0.0, 0, Times(), frames)


def test_two_loads_tell_what_a_frame_and_a_tick_in_it_cost() -> None:
    model = fitted(1e-6, 10_000, window(50_000, 200_000, 0.01 + 0.27), window(40_000, 800_000, 0.01 + 0.28))
    assert model.write == pytest.approx(5e-6)
    assert model.carry == pytest.approx(1e-7)


def test_what_a_fit_leaves_below_zero_is_not_hidden() -> None:
    model = fitted(0, 10_000, window(50_000, 200_000, 0.3), window(40_000, 800_000, 0.2))
    assert model.carry < 0


def test_a_gateway_with_too_much_to_do_rests_so_long_that_it_stays_at_the_bound() -> None:
    model, load = Model(1e-6, 5e-6, 0.0), Workload(2000, 10_000)
    # A round of 10 ms, and a rest behind it: every list has news by then.
    assert model.frames(load) == pytest.approx((BOUND - 0.01) / 5e-6, rel=0.01)
    assert model.core(load) == pytest.approx(BOUND, rel=0.01)


def test_a_gateway_whose_feed_alone_passes_the_bound_rests_as_long_as_it_may() -> None:
    model, load = Model(60e-6, 5e-6, 0.0), Workload(2000, 10_000)
    assert model.frames(load) == pytest.approx(2000 / ((1 + MAX_FACTOR) * 0.01), rel=0.01)
    assert model.core(load) == pytest.approx(0.6 + 1 / (1 + MAX_FACTOR), rel=0.01)


def test_a_round_that_takes_long_is_followed_by_the_longest_rest_and_no_longer_one() -> None:
    model, load = Model(1e-6, 5e-6, 0.4e-6), Workload(4000, 10_000)
    # A round has all ticks since the last: 20 ms of frames, and 0.64 of the time for the ticks in them.
    period = (4000 * 5e-6 + MAX_REST) / (1 - 0.64)
    assert model.frames(load) == pytest.approx(4000 / period, rel=0.01)


def test_a_gateway_with_room_does_not_rest() -> None:
    model, load = Model(1e-6, 5e-6, 0.0), Workload(500, 10_000)
    without_rest = load.owed(0.0) * 5e-6 / STEP
    assert without_rest < BOUND
    assert model.core(load) == pytest.approx(0.01 + without_rest, rel=0.01)


def test_a_gateway_with_little_to_do_writes_at_every_step_to_whoever_has_news() -> None:
    load = Workload(10, 10_000)
    ticked = 10_000 * STEP / SYMBOLS
    assert Model(0.0, 5e-6, 0.0).frames(load) == pytest.approx(10 * (1 - (1 - ticked) ** LIST_SIZE) / STEP)


def test_lists_are_owed_their_share_of_the_feed() -> None:
    assert Workload(1000, 10_000).ticks == pytest.approx(400_000)
    assert Workload(1000, 10_000).owed(1.0) == 1000
