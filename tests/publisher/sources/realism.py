"""Statistics that tell real price series from plain geometric Brownian motion, and their bands.

The bands are those that index and share returns of decades meet (Cont, 2001, and later tests of it).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LAGS = 20


class Realism(NamedTuple):
    """Statistics of a panel of returns; medians over its symbols."""

    kurtosis: float
    """Excess kurtosis; 0 for a normal distribution."""
    kurtosis_aggregated: float
    """The same of sums of 20 returns."""
    tail_index: float
    """Hill's estimate from the largest 5 % of absolute returns."""
    linear_memory: float
    """Largest absolute autocorrelation of returns, lags 2 to 20 (lag 1 is the bid-ask bounce)."""
    volatility_memory: float
    """Mean autocorrelation of absolute returns, lags 1 to 20."""
    clustering_p: float
    """p of the Ljung-Box test that absolute returns have no memory over 10 lags."""
    correlation: float
    """Mean correlation of pairs of symbols."""

    def failures(self) -> set[str]:
        """Return the names of the statistics that are out of their bands."""
        bands = {
            "kurtosis": self.kurtosis > 2,
            "kurtosis_aggregated": self.kurtosis_aggregated < self.kurtosis,
            "tail_index": 2 < self.tail_index < 5,
            "linear_memory": self.linear_memory < 0.1,
            "volatility_memory": self.volatility_memory > 0.08,
            "clustering_p": self.clustering_p < 1e-6,
            "correlation": 0.2 < self.correlation < 0.5,
        }
        return {name for name, held in bands.items() if not held}


def realism(prices: Floats) -> Realism:
    """Return the statistics of `prices`, a row a step and a column a symbol."""
    returns = np.diff(np.log(prices), axis=0)
    sums = returns[: len(returns) // 20 * 20].reshape(-1, 20, returns.shape[1]).sum(axis=1)
    linear, absolute = autocorrelations(returns), autocorrelations(np.abs(returns))
    correlations = np.corrcoef(returns.T)
    return Realism(
        kurtosis=float(np.median(excess_kurtosis(returns))),
        kurtosis_aggregated=float(np.median(excess_kurtosis(sums))),
        tail_index=float(np.median(tail_indices(returns))),
        linear_memory=float(np.median(np.abs(linear[1:]).max(axis=0))),
        volatility_memory=float(np.median(absolute.mean(axis=0))),
        clustering_p=float(np.median(ljung_box_p(absolute[:10], len(returns)))),
        correlation=float(correlations[np.triu_indices_from(correlations, 1)].mean()),
    )


def excess_kurtosis(series: Floats) -> Floats:
    centred = series - series.mean(axis=0)
    result: Floats = (centred**4).mean(axis=0) / (centred**2).mean(axis=0) ** 2 - 3
    return result


def tail_indices(returns: Floats) -> Floats:
    largest = np.sort(np.abs(returns), axis=0)[-(len(returns) // 20) - 1 :]
    result: Floats = 1 / np.log(largest[1:] / largest[0]).mean(axis=0)
    return result


def autocorrelations(series: Floats) -> Floats:
    """Return a row a lag, 1 to LAGS."""
    centred = series - series.mean(axis=0)
    variance = (centred**2).sum(axis=0)
    return np.array([(centred[lag:] * centred[:-lag]).sum(axis=0) / variance for lag in range(1, LAGS + 1)])


def ljung_box_p(correlations: Floats, count: int) -> Floats:
    """Return p, from an even number of lags: the chi-square tail is then a finite sum."""
    lags = np.arange(1, len(correlations) + 1)[:, None]
    half = count * (count + 2) * (correlations**2 / (count - lags)).sum(axis=0) / 2
    terms = [np.ones_like(half)]
    for number in range(1, len(correlations) // 2):
        terms.append(terms[-1] * half / number)
    result: Floats = np.exp(-half) * np.sum(terms, axis=0)
    return result


def fano_factor(counts: Floats) -> float:
    """Return variance over mean of counts: 1 for Poisson arrivals, 5 to 48 in real feeds."""
    return float(counts.var() / counts.mean())
