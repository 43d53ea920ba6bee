"""The price process: correlated log prices with stochastic volatility and jumps.

The log variance of each symbol is the sum of two Ornstein-Uhlenbeck (AR(1)) processes: a slow one, shared
by the market, and a fast one of its own, so that volatility clusters have several lengths. Returns share
a market factor and a factor for each sector.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRADING_SECONDS = 252 * 6.5 * 3600
"""Seconds of trading in a year, over which annual volatility is spread."""
ACCELERATION = 10.0
"""Seconds of trading in a second of the stream. At 1, few prices would move on screen."""
MARKET_SHARE = 0.46
SECTOR_SHARE = 0.15
"""Shares of the variance of returns that a symbol has in common with the market and with its sector."""
MARKET_TIME_CONSTANT = 240.0
OWN_TIME_CONSTANT = 40.0
"""Seconds in which the market's, and a symbol's own, log variance decays to 1/e."""
MARKET_VARIANCE = 0.55
OWN_VARIANCE = 0.45
"""Stationary variances of those two parts."""
LEVERAGE = -0.4
"""Correlation of the market's returns with its volatility, which is higher in falling markets."""
JUMP_INTERVAL = 600.0
"""Seconds between two jumps of one symbol, on average."""
JUMP_SIZE = 5.0
"""Standard deviation of a jump, as a multiple of that of a second's return."""
REVERSION_TIME_CONSTANT = 6 * 3600.0
"""Seconds in which the distance to the reference price decays to 1/e, so that prices stay near it."""


class PriceProcess:
    """Log prices of all symbols, which `step` moves on."""

    def __init__(
        self,
        start: Floats,
        reference: Floats,
        volatility: Floats,
        sector: NDArray[np.intp],
        rng: np.random.Generator,
    ) -> None:
        """Begin at the log prices `start`; `volatility` is annual, `sector` counts from 0."""
        self.log_price = start.copy()
        self._reference = reference
        self._sigma = volatility * np.sqrt(ACCELERATION / TRADING_SECONDS)
        self._sector = sector
        self._sectors = int(sector.max()) + 1
        self._rng = rng
        self._market_log_variance = rng.normal() * np.sqrt(MARKET_VARIANCE)
        self._own_log_variance = rng.normal(size=len(start)) * np.sqrt(OWN_VARIANCE)

    @property
    def volatility_ratio(self) -> Floats:
        """Current volatility of each symbol, as a multiple of its long-run value."""
        volatility_ratio: Floats = np.exp(
            (self._own_log_variance + (self._market_log_variance - (MARKET_VARIANCE + OWN_VARIANCE) / 2)) / 2
        )
        return volatility_ratio

    def step(self, seconds: float) -> None:
        """Move prices and volatilities on by `seconds`: exact for any length, but for the reversion."""
        rng, count = self._rng, len(self.log_price)
        market, shock = rng.normal(size=2)
        common = np.sqrt(MARKET_SHARE) * market + np.sqrt(SECTOR_SHARE) * rng.normal(size=self._sectors)
        noise = common[self._sector] + np.sqrt(1 - MARKET_SHARE - SECTOR_SHARE) * rng.normal(size=count)
        noise *= self._sigma * self.volatility_ratio * np.sqrt(seconds)
        noise -= (self.log_price - self._reference) * (seconds / REVERSION_TIME_CONSTANT)
        self._jump(noise, seconds)
        self.log_price += noise

        decay = np.exp(-seconds / MARKET_TIME_CONSTANT)
        shock = LEVERAGE * market + np.sqrt(1 - LEVERAGE**2) * shock
        self._market_log_variance = (
            decay * self._market_log_variance + np.sqrt(MARKET_VARIANCE * (1 - decay**2)) * shock
        )
        decay = np.exp(-seconds / OWN_TIME_CONSTANT)
        self._own_log_variance *= decay
        self._own_log_variance += np.sqrt(OWN_VARIANCE * (1 - decay**2)) * rng.normal(size=count)

    def _jump(self, returns: Floats, seconds: float) -> None:
        jumps = self._rng.poisson(len(returns) * seconds / JUMP_INTERVAL)
        if jumps:
            places = self._rng.integers(len(returns), size=jumps)
            np.add.at(returns, places, JUMP_SIZE * self._sigma[places] * self._rng.normal(size=jumps))
