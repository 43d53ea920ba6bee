"""Free memory goes back to the system."""

import sys
from pathlib import Path

import pytest

from tickcast.runtime import memory
from tickcast.runtime.memory import GROWN, FreeMemory, resident

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


def test_what_was_in_use_at_the_look_before_goes_back_at_the_next() -> None:
    free = FreeMemory()
    free.give_back()
    held = [bytes(600) for _ in range(200_000)]
    free.give_back()
    most = resident()
    held = held[::50]
    free.give_back()
    assert resident() < most - 50 * 1024 * 1024
    assert len(held) == 4000


def test_a_process_whose_memory_is_in_use_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    size = used = 1 << 30
    monkeypatch.setattr(memory, "_trim", lambda: looked.append)
    monkeypatch.setattr(memory, "_used", lambda: lambda: used)
    monkeypatch.setattr(memory, "resident", lambda: size)
    free = FreeMemory()
    free.give_back()
    size += 10 * GROWN
    used += 9 * GROWN + 1
    free.give_back()
    assert len(looked) == 1
    used -= 1
    free.give_back()
    assert len(looked) == 2
    # This library gives nothing back, and is not asked again.
    free.give_back()
    assert len(looked) == 2


def test_another_c_library_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    monkeypatch.setattr(Path, "read_text", lambda *_: pytest.fail("it has no /proc"))
    FreeMemory().give_back()
