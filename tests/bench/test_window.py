"""A window: whether load or server was the limit."""

import pytest

from tickcast.bench.checker import Times
from tickcast.bench.window import Window


@pytest.mark.parametrize(
    ("load_cpu", "rest", "limited"), [(0.5, 0.8, False), (0.95, 0.95, True), (0.5, 0.95, True)]
)
def test_the_load_is_the_limit_where_the_cores_of_all_else_are_full(
    load_cpu: float, rest: float, limited: bool
) -> None:
    assert Window(1.0, 0.5, 1, 1, 1, load_cpu, rest, 0.0, 0, Times()).limited is limited
