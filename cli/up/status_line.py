"""The status line of `up`: the /metrics of all gateways, summed up in one line. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

_PREFIX = "tickcast_gateway_"


class GatewayMetrics(NamedTuple):
    """Metrics of one gateway at one moment."""

    clients: float = 0
    ticks_in: float = 0
    ticks_out: float = 0
    lag: float = 0
    """Age of the newest batch when it was applied, s."""


def read_metrics(text: str) -> GatewayMetrics:
    """Return the metrics on a /metrics page, each summed over its labels.

    Raises ValueError if the page cannot be parsed.
    """
    sums: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
    return GatewayMetrics(
        clients=sums.get(_PREFIX + "clients", 0),
        ticks_in=sums.get(_PREFIX + "ticks_in_total", 0),
        ticks_out=sums.get(_PREFIX + "ticks_out_total", 0),
        lag=sums.get(_PREFIX + "lag_seconds", 0),
    )


def status_line(
    before: Sequence[GatewayMetrics | None], now: Sequence[GatewayMetrics | None], elapsed: float
) -> str:
    """Return the status of all gateways in one line; None stands for a gateway that did not answer.

    `before` has the same gateways in the same order, `elapsed` s earlier.
    """
    answering = [sample for sample in now if sample is not None]
    pairs = [(old, new) for old, new in zip(before, now, strict=True) if old and new]
    # Every gateway reads the whole feed, so the highest rate is that of the feed; ticks sent add up.
    # A restarted gateway counts from 0, which must not show as a negative rate.
    ticks_in = max((max(0.0, new.ticks_in - old.ticks_in) for old, new in pairs), default=0.0)
    ticks_out = sum(max(0.0, new.ticks_out - old.ticks_out) for old, new in pairs)
    lag = max((sample.lag for sample in answering), default=0.0)
    clients = sum(sample.clients for sample in answering)
    return (
        f"{clients:,.0f} clients · {ticks_in / elapsed:,.0f} ticks/s in · {ticks_out / elapsed:,.0f} out"
        f" · lag {lag * 1000:,.1f} ms · {len(answering)} of {len(now)} gateways"
    )
