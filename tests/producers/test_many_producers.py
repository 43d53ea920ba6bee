"""The trial of many producers at a shorter length; `make producers` runs it whole."""

from tests.producers.trial import Trial, run
from tests.support.tools import need


async def test_every_tick_of_every_producer_appears_once_while_publishers_are_killed() -> None:
    need("redis-server")  # and redis-cli with it
    outcome = await run(Trial(seconds=8, rate=2000, producers=5, kill_every=3, seed=1))
    assert outcome.verdict.is_exact, outcome
    assert outcome.verdict.published == outcome.taken == 16_000
    assert outcome.rejected == 0
    assert min(outcome.kills, outcome.cuts) >= 2
