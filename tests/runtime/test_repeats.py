"""Of lines that repeat, one a period is logged, and the next one says how many were left out."""

from tests.support.clock import Clock
from tickcast.runtime.repeats import MAX_KEYS, Repeats


def test_a_line_is_due_once_a_period_and_says_how_many_were_left_out() -> None:
    clock = Clock()
    repeats = Repeats(60, clock)
    assert [repeats.due("a") for _ in range(4)] == [0, None, None, None]
    assert repeats.due("b") == 0
    clock.now += 59.9
    assert repeats.due("a") is None
    clock.now += 0.1
    assert [repeats.due("a"), repeats.due("a"), repeats.due("b")] == [4, None, 0]
    assert repeats.left_out == 5


def test_kinds_that_clients_make_up_take_no_memory() -> None:
    repeats = Repeats()
    due = [repeats.due(f"kind {number}") for number in range(10 * MAX_KEYS)]
    assert due[:MAX_KEYS] == [0] * MAX_KEYS
    assert due[MAX_KEYS] == 0
    assert due[MAX_KEYS + 1 :] == [None] * (9 * MAX_KEYS - 1)
    assert len(repeats._kinds) == MAX_KEYS + 1
