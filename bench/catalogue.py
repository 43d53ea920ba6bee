"""All scenarios, in the order in which `all` runs them."""

from bench.scenario import Scenario
from bench.scenarios import broadcast, watchlists

SCENARIOS: dict[str, Scenario] = {each.SCENARIO.name: each.SCENARIO for each in (broadcast, watchlists)}
