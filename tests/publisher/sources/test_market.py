"""The simulated market, held to what real series do; geometric Brownian motion must fail the same."""

import numpy as np
import pytest

from tests.publisher.sources.realism import Realism, fano_factor, realism
from tickcast.publisher.sources.listing import listings
from tickcast.publisher.sources.market import Market, Updates

STEPS = 5_000


def traded_prices(seed: int, symbols: int = 20) -> np.ndarray:
    """Return the last traded price of each symbol, in ticks, at the end of each second."""
    market = Market(listings(symbols), 60.0 * symbols, np.random.default_rng(seed))
    prices = np.zeros((STEPS + 1, symbols))
    prices[-1] = [listing.reference_ticks for listing in listings(symbols)]
    for step in range(STEPS + 1):
        updates = market.step(1.0)
        prices[step] = prices[step - 1]
        prices[step, updates.symbol] = updates.price
    return prices


def median_realism(panels: list[np.ndarray]) -> Realism:
    return Realism(*np.median([realism(panel) for panel in panels], axis=0))


# It computes for some twenty seconds, and several times as long where two suites share the cores.
@pytest.mark.timeout(400)
def test_traded_prices_meet_the_bands_of_real_series() -> None:
    found = median_realism([traded_prices(seed) for seed in range(5)])

    assert found.failures() == set(), found
    assert 0.3 < found.correlation < 0.4


def test_geometric_brownian_motion_fails_the_bands() -> None:
    rng = np.random.default_rng(1)
    panels = [100 * np.exp(np.cumsum(rng.normal(0, 4e-4, (STEPS + 1, 20)), axis=0)) for _ in range(5)]

    failures = median_realism(panels).failures()

    assert failures >= {"kurtosis", "tail_index", "volatility_memory", "clustering_p", "correlation"}


def test_ticks_come_in_bursts() -> None:
    market = Market(listings(50), 500.0, np.random.default_rng(1))
    counts = np.array([len(market.step(0.01).symbol) for _ in range(30_000)]).reshape(300, 100).sum(axis=1)

    assert fano_factor(counts) > 5
    assert counts.mean() == pytest.approx(500, rel=0.06)


def run(market: Market, steps: int, seconds: float = 0.01) -> Updates:
    parts = [market.step(seconds) for _ in range(steps)]
    return Updates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def test_trades_fall_on_the_bid_or_the_ask_and_bounce() -> None:
    # Each symbol's ticks are looked at in order, so a step may hold many of them.
    updates = run(Market(listings(5), 2000.0, np.random.default_rng(1)), 2000)
    lag_one = []
    for symbol in range(5):
        mine = updates.symbol == symbol
        volume = updates.volume[mine]
        traded = np.flatnonzero(np.diff(volume)) + 1
        price, bid, ask = updates.price[mine], updates.bid[mine], updates.ask[mine]

        assert ((price == bid) | (price == ask))[traded].all()
        assert (np.diff(volume)[traded - 1] == updates.size[mine][traded]).all()
        assert (np.diff(price)[np.diff(volume) == 0] == 0).all()
        moves = np.diff(price[traded])
        lag_one.append(np.corrcoef(moves[1:], moves[:-1])[0, 1])
    assert np.mean(lag_one) < -0.1


def test_quotes_have_a_spread_and_most_ticks_leave_their_prices() -> None:
    updates = run(Market(listings(50), 500.0, np.random.default_rng(1)), 3000)

    assert (updates.ask > updates.bid).all()
    assert min(updates.bid_size.min(), updates.ask_size.min(), updates.size.min()) > 0
    mine = updates.symbol == 0
    moved = (np.diff(updates.bid[mine]) != 0) | (np.diff(updates.ask[mine]) != 0)
    assert 0.1 < moved.mean() < 0.42
    assert ((updates.ask - updates.bid) / updates.bid)[mine].mean() < 10e-4


def test_heavier_names_tick_more_often() -> None:
    updates = run(Market(listings(1000), 50_000.0, np.random.default_rng(1)), 500)
    counts = np.bincount(updates.symbol, minlength=1000)

    assert counts[:10].sum() > 5 * counts[500:510].sum() > 0


def test_a_step_is_in_time_order() -> None:
    updates = Market(listings(50), 100_000.0, np.random.default_rng(1)).step(0.01)

    assert len(updates.symbol) > 100
    assert (np.diff(updates.offset) >= 0).all()
    assert updates.offset[0] >= 0
    assert updates.offset[-1] <= 0.01


def test_it_goes_on_from_prices_and_volumes_and_starts_a_new_day_at_nothing() -> None:
    market = Market(listings(2), 1000.0, np.random.default_rng(1), start={0: 30_000}, volume={0: 5_000_000})
    updates = run(market, 100)
    mine = updates.symbol == 0

    assert abs(updates.price[mine] - 30_000).max() < 300
    assert updates.volume[mine].min() >= 5_000_000
    market.new_day()
    assert run(market, 1).volume.max() < 5_000_000


@pytest.mark.parametrize("symbols", [1, 50])
def test_a_seed_gives_the_same_market_again(symbols: int) -> None:
    first, second, other = (
        run(Market(listings(symbols), 1000.0, np.random.default_rng(seed)), 50) for seed in (1, 1, 2)
    )

    assert all((mine == yours).all() for mine, yours in zip(first, second, strict=True))
    assert len(first.symbol) != len(other.symbol) or (first.offset != other.offset).any()
