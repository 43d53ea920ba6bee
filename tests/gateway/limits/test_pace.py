"""Who asks for prices without a stream gets them at the pace of its token; nobody is kept for ever."""

import pytest

from tickcast.gateway.limits.owed import SWEPT
from tickcast.gateway.limits.pace import Pace
from tickcast.runtime.problem import Problem


def test_so_many_come_at_once_and_then_one_for_each_interval() -> None:
    now = [5.0]
    pace = Pace(2, lambda: now[0])
    pace.check("me", 500)
    pace.check("me", 500)
    with pytest.raises(Problem, match="every 500 ms") as refused:
        pace.check("me", 500)
    assert (refused.value.status, refused.value.headers["retry-after"]) == (429, "1")
    assert refused.value.headers["ratelimit-policy"] == '"pace";q=2;w=1'
    assert refused.value.headers["ratelimit"] == '"pace";r=0;t=1'
    assert pace.refused == 1
    pace.check("another", 500)
    got = 0
    for _ in range(1000):
        now[0] += 0.01
        try:
            pace.check("me", 500)
            got += 1
        except Problem:
            pass
    assert got == 20


def test_who_may_ask_at_once_again_is_forgotten() -> None:
    now = [5.0]
    pace = Pace(2, lambda: now[0])
    for number in range(SWEPT - 1):
        pace.check(f"s{number}", 100)
    now[0] += 1
    pace.check("last", 100)
    assert len(pace) == 1
