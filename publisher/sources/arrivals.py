"""Arrivals: how many ticks each symbol has in a step. A Hawkes process, in which ticks bring ticks."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OWN_BRANCHING = 0.55
MARKET_BRANCHING = 0.2
"""Ticks that a tick brings about, on average, in its own symbol and over the whole market."""
DECAY = 8.0
"""How fast that wears off, per second (exponential kernel)."""


class Arrivals:
    """Counts of ticks a step; the mean over all symbols is the rate, whatever the step."""

    def __init__(self, weights: Floats, rate: float, rng: np.random.Generator) -> None:
        """`weights` are the symbols' shares of the ticks, `rate` is ticks a second over all."""
        self._weights = weights / weights.sum()
        self._rate = rate
        self._rng = rng
        self._own = OWN_BRANCHING * rate * self._weights
        self._market = MARKET_BRANCHING * rate

    def step(self, seconds: float, activity: Floats) -> NDArray[np.int64]:
        """Return the counts of the next step; `activity` shifts ticks to symbols that are wilder now."""
        base = self._weights * activity
        base *= self._rate * (1 - OWN_BRANCHING - MARKET_BRANCHING) / base.sum()
        intensity = base + self._own + self._market * self._weights
        counts: NDArray[np.int64] = self._rng.poisson(intensity * seconds)
        decay = np.exp(-DECAY * seconds)
        # Scaled so that the branching is exact for steps of any length, not only in the limit.
        excitation = (1 - decay) / seconds
        self._own *= decay
        self._own += OWN_BRANCHING * excitation * counts
        self._market = self._market * decay + MARKET_BRANCHING * excitation * counts.sum()
        return counts
