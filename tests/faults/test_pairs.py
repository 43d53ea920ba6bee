"""The judge of `follow` finds what it is there for, and nothing in what is right."""

from decimal import Decimal
from typing import Any

import pytest

from tests.faults.pairs import Seen, wrong_in
from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import Tick
from tickcast.client.events import Gap, Retired
from tickcast.client.events import Tick as TypedTick

LEDGER = Ledger.of([Accepted(Tick("A", q, q, "1.50"), None, q, "e") for q in range(1, 20)])


def tick(q: int, snapshot: bool = False, price: str = "1.50") -> TypedTick[Decimal]:
    return TypedTick("A", q, q, Decimal(price), *[None] * 7, snapshot)


def found(*events: Any) -> list[str]:
    """Return what is wrong in these events, one a µs after all were accepted."""
    return [
        words for _, words in wrong_in([Seen(100 + at, event) for at, event in enumerate(events)], LEDGER)
    ]


@pytest.mark.parametrize(
    "events",
    [
        [tick(3, True), tick(4), tick(5)],
        [tick(3), Gap("slow", "a", "b"), tick(9, True), tick(10)],
        [tick(9), Gap("feed", "a", "b"), tick(3, True), tick(4)],
        [tick(9), Gap("reset", "a", None), Retired(("A",), "reset"), tick(2)],
        [tick(9), Retired(("A",), "idle"), tick(1), tick(2)],
    ],
)
def test_what_is_right_is_right(events: list[Any]) -> None:
    assert found(*events) == []


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([tick(3), tick(5)], "A: q 5 after 3"),
        ([tick(3), tick(3)], "A: q 3 after 3"),
        ([tick(4), tick(3)], "A: q 3 after 4"),
        ([tick(3), tick(5, True)], "A: q 5 after 3"),
        ([tick(3), Gap("slow", "a", "b"), tick(9)], "A: q 9 after 3"),
        ([tick(3), Gap("slow", "a", "b"), tick(9, True), tick(11)], "A: q 11 after 9"),
        ([tick(9), Gap("slow", "a", "b"), tick(3, True)], "A: q 3 after 9"),
        ([tick(3), Gap("hole", "a", "b")], "a hole that no gateway has told of"),
        ([tick(3, price="1.5")], "was never accepted"),
    ],
)
def test_what_is_wrong_is_found(events: list[Any], words: str) -> None:
    (wrong,) = found(*events)
    assert words in wrong
