"""Prefixes cost what they find, and a request has few of them."""

import pytest

from tests.hostile.attacks.asking import ask, prefixes
from tests.hostile.world import DOORS, running_world, unharmed

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_a_thousand_prefixes_are_refused_and_harm_nobody(door: str) -> None:
    async with running_world(door) as world, unharmed(world):
        counts = await ask(world.port, lambda _: prefixes(1000), 4, 3)
        assert counts["400"] > 0
        assert set(counts) <= {"400", "429"}
        assert (await ask(world.port, lambda _: prefixes(32), 4, 1))["200"] > 0
