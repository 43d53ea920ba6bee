"""Free memory goes back to the system."""

import sys
from pathlib import Path

import pytest

from tickcast.runtime import memory
from tickcast.runtime.memory import MUCH, FreeMemory, resident

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or memory._trim() is None, reason="missing: a C library that gives memory back"
)


def scattered() -> list[bytes]:
    """Take 120 MB, and return a fiftieth of it: what lies between is free."""
    return [bytes(600) for _ in range(200_000)][::50]


def test_what_lies_between_pieces_in_use_goes_back() -> None:
    free = FreeMemory()
    held = scattered()
    before = resident()
    free.give_back()
    assert resident() < before - 50 * 1024 * 1024
    assert len(held) == 4000


def test_what_clients_held_goes_back_when_they_have_left() -> None:
    free = FreeMemory()
    held = [bytes(600) for _ in range(200_000)]
    free.give_back()
    most = resident()
    free.note(120_000_000)
    held = held[::50]
    free.give_back(0)
    assert resident() < most - 50 * 1024 * 1024
    assert len(held) == 4000


def test_what_requests_had_in_use_at_one_look_goes_back_at_the_next() -> None:
    free = FreeMemory()
    held = [bytes(600) for _ in range(200_000)]
    free.give_back()
    most = resident()
    # It is counted for no client, and the process does not grow any more.
    held = held[::50]
    free.give_back()
    assert resident() < most - 50 * 1024 * 1024
    assert len(held) == 4000


def test_nothing_is_looked_for_while_a_process_has_not_grown_and_no_client_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    size = 1 << 30
    monkeypatch.setattr(memory, "_trim", lambda: looked.append)
    monkeypatch.setattr(memory, "resident", lambda: size)
    free = FreeMemory()

    def looks(held: int) -> int:
        before = len(looked)
        free.give_back(held)
        return len(looked) - before

    # Once more after each look that had a reason, unless it gave nothing back.
    assert [looks(MUCH), looks(MUCH), looks(MUCH)] == [1, 1, 0]
    size += MUCH - 1
    assert looks(MUCH) == 0
    size += 1
    assert [looks(MUCH), looks(MUCH), looks(MUCH)] == [1, 1, 0]
    free.note(2 * MUCH + 1)
    assert looks(MUCH + 2) == 0
    assert [looks(MUCH + 1), looks(MUCH + 1), looks(MUCH + 1)] == [1, 1, 0]


def test_another_c_library_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    monkeypatch.setattr(Path, "read_text", lambda *_: pytest.fail("it has no /proc"))
    FreeMemory().give_back()
