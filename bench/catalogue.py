"""All scenarios, in the order in which `all` runs them."""

from bench.scenario import Scenario
from bench.scenarios import broadcast, conflated, idle, ingest, latency, publish, storm, watchlists

_MODULES = (broadcast, watchlists, conflated, idle, storm, latency, ingest, publish)

SCENARIOS: dict[str, Scenario] = {each.SCENARIO.name: each.SCENARIO for each in _MODULES}
