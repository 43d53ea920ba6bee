"""Arrivals: the number of ticks of each symbol in a step, by a Hawkes process, in which ticks cause ticks."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OWN_BRANCHING = 0.55
MARKET_BRANCHING = 0.2
"""Ticks that a tick causes on average (branching ratio), in its own symbol and over the whole market."""
DECAY = 8.0
"""Decay rate of that effect, per second (exponential kernel)."""


class Arrivals:
    """Draws the number of ticks of each symbol in a step. The mean sum is the rate, for any step length."""

    def __init__(self, weights: Floats, rate: float, rng: np.random.Generator) -> None:
        """`weights` are the symbols' shares of the ticks, `rate` is ticks a second over all symbols."""
        self._weights = weights / weights.sum()
        self._rate = rate
        self._rng = rng
        self._own = OWN_BRANCHING * rate * self._weights
        self._market = MARKET_BRANCHING * rate

    def step(self, seconds: float, activity: Floats) -> NDArray[np.int64]:
        """Return the counts of the next step. The higher a symbol's `activity`, the more ticks it gets."""
        base = self._weights * activity
        base *= self._rate * (1 - OWN_BRANCHING - MARKET_BRANCHING) / base.sum()
        intensity = base + self._own + self._market * self._weights
        counts: NDArray[np.int64] = self._rng.poisson(intensity * seconds)
        decay = np.exp(-DECAY * seconds)
        # Scaled so that the branching ratio is exact for steps of any length.
        excitation = (1 - decay) / seconds
        self._own *= decay
        self._own += OWN_BRANCHING * excitation * counts
        self._market = self._market * decay + MARKET_BRANCHING * excitation * counts.sum()
        return counts
