"""The price process: correlated log prices with stochastic volatility and jumps.

The log of variance of each symbol is a sum of two Ornstein-Uhlenbeck (AR(1)) parts, a slow one
that the market shares and a quick one of its own, so that clusters come in several lengths.
Returns share a market factor and a factor for each sector.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRADING_SECONDS = 252 * 6.5 * 3600
"""Seconds of trading in a year, which annual volatility is spread over."""
ACCELERATION = 10.0
"""Seconds of trading in a second of the stream: at 1, few prices would move on screen."""
MARKET_SHARE = 0.46
SECTOR_SHARE = 0.15
"""Shares of the variance of returns that a symbol has in common with all, and with its sector."""
MARKET_MEMORY = 240.0
OWN_MEMORY = 40.0
"""Seconds in which the shared, and a symbol's own, log variance forgets all but 1/e."""
MARKET_VARIANCE = 0.55
OWN_VARIANCE = 0.45
"""Stationary variances of those two parts."""
LEVERAGE = -0.4
"""Correlation of the market's returns with its volatility: falls are wilder than rises."""
JUMP_INTERVAL = 600.0
"""Seconds between two jumps of one symbol, on average."""
JUMP_SIZE = 5.0
"""Standard deviation of a jump, in standard deviations of an ordinary second."""
REVERSION = 6 * 3600.0
"""Seconds in which prices lean back to the reference by 1/e, so that none walks away for good."""


class PriceProcess:
    """Log prices of all symbols; `step` moves them on."""

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
        self._market_heat = rng.normal() * np.sqrt(MARKET_VARIANCE)
        self._own_heat = rng.normal(size=len(start)) * np.sqrt(OWN_VARIANCE)

    @property
    def heat(self) -> Floats:
        """Volatility of each symbol now, as a multiple of its own long-run value."""
        heat: Floats = np.exp(
            (self._own_heat + (self._market_heat - (MARKET_VARIANCE + OWN_VARIANCE) / 2)) / 2
        )
        return heat

    def step(self, seconds: float) -> None:
        """Move prices and volatilities on; exact for steps of any length, but for the reversion."""
        rng, count = self._rng, len(self.log_price)
        market, shock = rng.normal(size=2)
        common = np.sqrt(MARKET_SHARE) * market + np.sqrt(SECTOR_SHARE) * rng.normal(size=self._sectors)
        noise = common[self._sector] + np.sqrt(1 - MARKET_SHARE - SECTOR_SHARE) * rng.normal(size=count)
        noise *= self._sigma * self.heat * np.sqrt(seconds)
        noise -= (self.log_price - self._reference) * (seconds / REVERSION)
        self._jump(noise, seconds)
        self.log_price += noise

        fade = np.exp(-seconds / MARKET_MEMORY)
        shock = LEVERAGE * market + np.sqrt(1 - LEVERAGE**2) * shock
        self._market_heat = fade * self._market_heat + np.sqrt(MARKET_VARIANCE * (1 - fade**2)) * shock
        fade = np.exp(-seconds / OWN_MEMORY)
        self._own_heat *= fade
        self._own_heat += np.sqrt(OWN_VARIANCE * (1 - fade**2)) * rng.normal(size=count)

    def _jump(self, returns: Floats, seconds: float) -> None:
        jumps = self._rng.poisson(len(returns) * seconds / JUMP_INTERVAL)
        if jumps:
            who = self._rng.integers(len(returns), size=jumps)
            np.add.at(returns, who, JUMP_SIZE * self._sigma[who] * self._rng.normal(size=jumps))
