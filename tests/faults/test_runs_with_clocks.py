"""A whole run in which clocks are set. `make faults` sets each clock in a run of its own."""

import pytest

from tests.faults.checked import check, one_after_the_other
from tests.faults.referee.run import run
from tests.faults.referee.shape import Shape
from tests.support.tools import need

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


async def test_clocks_are_set_without_a_tick_lost_untold() -> None:
    need("faketime")
    faults = (("clock_publishers_forward", 2.0), ("clock_gateways_back", 2.0), ("clock_redis_forward", 3.0))
    steps, seconds = one_after_the_other(faults)
    check(await run(2, seconds, steps, Shape(kind="clocks", nginx=False)))
