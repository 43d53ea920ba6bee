"""Many wide lists at a short interval: their turns cost what has changed."""

import pytest

from tests.hostile.attacks.wide import read_wide_lists
from tests.hostile.world import DOORS, running_world, unharmed

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_wide_lists_of_their_own_harm_nobody(door: str) -> None:
    async with running_world(door, symbols=1000, rate=500) as world, unharmed(world):
        counts = await read_wide_lists(world.port, 10, 50, 4)
        granted = {name: count for name, count in counts.items() if name.startswith("at ")}
        assert sum(granted.values()) == 10
        assert granted.keys() <= {"at 50 ms", "at 100 ms"}
        assert counts["bytes"] > 100_000
