"""A minute of `make soak`: one world under load, with random faults, judged in laps."""

import random

import pytest

from tests.faults.referee import nginx
from tests.faults.referee.ledger import Ledger
from tests.faults.referee.run import CLIENTS, report
from tests.faults.referee.schedule import possible
from tests.faults.referee.shape import Shape
from tests.faults.referee.soak import one_lap
from tests.faults.referee.world import World

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


async def test_a_minute_of_random_faults_loses_nothing_untold() -> None:
    names = possible("plain")
    async with World(Shape(nginx=nginx.is_installed()), random.Random("soak"), CLIENTS) as world:
        for lap in (1, 2):
            outcome = await one_lap(world, lap, 20, names)
            assert not outcome.verdict.faults, f"{report(outcome)}\n{outcome.outputs}"
            assert outcome.verdict.accepted > 500, report(outcome)
            assert outcome.verdict.lost == 0


def batch(own: str, prev: str, *qs: int) -> bytes:
    lines = [f'A\t{{"S":"A","q":{q},"t":{q},"p":1.50}}\n' for q in qs]
    return f"2 e {own} {prev} 1 {len(qs)} 0 0\n{''.join(lines)}".encode()


def test_the_ledger_of_a_lap_goes_on_from_the_one_before_and_takes_nothing_of_it_again() -> None:
    before = Ledger()
    before.add(0, batch("5-0", "4-0", 1, 2), 9)
    before.close()
    ledger = before.next()
    ledger.add(0, batch("5-0", "4-0", 1, 2), 10)
    ledger.add(0, batch("6-0", "5-0", 3), 11)
    ledger.close()
    assert (ledger.accepted, ledger.wrong, ledger.holes) == (1, [], 0)
    assert [each.tick.q for each in ledger.ticks["A"]] == [2, 3]
    assert ledger.between("A", -1) == [1]
