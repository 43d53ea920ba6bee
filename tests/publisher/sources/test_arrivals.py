import numpy as np
import pytest

from tests.publisher.sources.realism import fano_factor
from tickcast.publisher.sources.arrivals import Arrivals

WEIGHTS = np.array([4.0, 2.0, 1.0, 1.0])


def counts_per_second(seconds: int, step: float, rate: float = 100.0) -> np.ndarray:
    arrivals = Arrivals(WEIGHTS, rate, np.random.default_rng(3))
    per_second = round(1 / step)
    steps = [arrivals.step(step, np.ones(4)) for _ in range(seconds * per_second)]
    return np.array(steps).reshape(seconds, per_second, 4).sum(axis=1)


@pytest.mark.parametrize("step", [0.01, 0.1, 1.0])
def test_the_mean_is_the_rate_whatever_the_step(step: float) -> None:
    counts = counts_per_second(800, step)

    assert counts.sum(axis=1).mean() == pytest.approx(100, rel=0.06)
    assert counts.mean(axis=0) == pytest.approx(100 * WEIGHTS / WEIGHTS.sum(), rel=0.12)


def test_arrivals_come_in_bursts_and_poisson_arrivals_do_not() -> None:
    counts = counts_per_second(600, 0.01)
    poisson = np.random.default_rng(3).poisson(100, 600)

    assert fano_factor(counts.sum(axis=1)) > 5
    assert all(fano_factor(counts[:, symbol]) > 2 for symbol in range(4))
    assert fano_factor(poisson) < 2


def test_activity_moves_ticks_between_symbols_and_not_their_sum() -> None:
    arrivals = Arrivals(np.ones(2), 1000.0, np.random.default_rng(1))
    counts = np.array([arrivals.step(0.01, np.array([1.0, 3.0])) for _ in range(20_000)]).sum(axis=0)

    assert counts[1] > 1.5 * counts[0]
    assert counts.sum() == pytest.approx(200_000, rel=0.05)
