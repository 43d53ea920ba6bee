"""All scenarios, in the order in which `all` runs them."""

from tickcast.bench.scenario import Scenario
from tickcast.bench.scenarios import (
    balancer,
    bandwidth,
    broadcast,
    conflated,
    idle,
    ingest,
    knee,
    latency,
    model,
    mounted,
    overload,
    parsing,
    publish,
    soak,
    storm,
    tokens,
    watchlists,
)

_MODULES = (
    *(broadcast, watchlists, conflated, idle, storm, tokens, latency, bandwidth, parsing, ingest, publish),
    *(knee, overload, model, balancer, mounted, soak),
)

SCENARIOS: dict[str, Scenario] = {each.SCENARIO.name: each.SCENARIO for each in _MODULES}

ALL = [name for name in SCENARIOS if name not in ("soak", "tokens", "mounted")]
"""The scenarios that `all` runs; together they take less than a quarter of an hour."""
