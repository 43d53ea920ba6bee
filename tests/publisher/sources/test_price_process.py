import numpy as np
import pytest

from tickcast.publisher.sources.price_process import PriceProcess


def process(seed: int, count: int = 200) -> PriceProcess:
    start = np.full(count, np.log(100.0))
    return PriceProcess(start, start, np.full(count, 0.3), np.arange(count) % 10, np.random.default_rng(seed))


@pytest.mark.parametrize("steps", [1, 5, 50])
def test_returns_of_a_second_are_as_large_whatever_the_steps(steps: int) -> None:
    spread = []
    for seed in range(40):
        prices = process(seed)
        before = prices.log_price.copy()
        for _ in range(steps):
            prices.step(1 / steps)
        spread.append(np.mean((prices.log_price - before) ** 2))

    # 0.3 a year, ten times accelerated, and jumps of five deviations every 600 s.
    expected = 0.3**2 * 10 / (252 * 6.5 * 3600) * (1 + 25 / 600)
    assert np.mean(spread) == pytest.approx(expected, rel=0.35)


def test_prices_lean_back_to_their_reference() -> None:
    away = PriceProcess(
        np.full(100, np.log(200.0)),
        np.full(100, np.log(100.0)),
        np.full(100, 0.2),
        np.arange(100) % 10,
        np.random.default_rng(1),
    )
    for _ in range(3600):
        away.step(20.0)

    assert abs(np.exp(away.log_price.mean()) - 100) < 20


def test_a_seed_gives_the_same_prices_again() -> None:
    first, second, other = process(1), process(1), process(2)
    for each in (first, second, other):
        each.step(0.5)

    assert (first.log_price == second.log_price).all()
    assert (first.log_price != other.log_price).all()


def test_volatility_differs_between_symbols_and_returns_to_its_long_run_value() -> None:
    prices = process(4, count=2000)
    squares = []
    for _ in range(600):
        prices.step(10.0)
        squares.append(np.mean(prices.volatility_ratio**2))

    assert np.var(np.log(prices.volatility_ratio)) == pytest.approx(0.45 / 4, rel=0.2)
    assert np.mean(squares) == pytest.approx(1, rel=0.4)
