"""Profiles: they tell of work that was done, in names that one finds in the source."""

import sys
from types import FrameType

import pytest

from tickcast.bench.profile import MAX_PLACES, shares
from tickcast.bench.profiled_gateway import place


def test_shares_are_parts_of_the_core_and_add_up_to_it() -> None:
    samples = {f"place {number}": number for number in range(1, MAX_PLACES + 3)}
    told = shares(samples, 0.6)
    assert next(iter(told)) == f"place {MAX_PLACES + 2}"
    assert told["2 other places"] == pytest.approx(0.6 * 3 / sum(samples.values()))
    assert told["asleep, or kept from the core by others"] == pytest.approx(0.4)
    assert sum(told.values()) == pytest.approx(1.0)


def test_a_gateway_that_did_nothing_has_a_profile_too() -> None:
    assert shares({}, 0.0) == {"asleep, or kept from the core by others": 1.0}


def test_a_place_names_the_function_and_our_function_that_called_it() -> None:
    frames: list[FrameType] = []
    outside = "import sys\ndef leaf(frames):\n    frames.append(sys._getframe())\n"
    theirs: dict[str, object] = {"__name__": "library"}
    exec(outside, theirs)
    ours: dict[str, object] = {"__name__": "tickcast.gateway.made_up", "leaf": theirs["leaf"]}
    exec("def work(frames):\n    leaf(frames)\n", ours)
    ours["work"](frames)  # type: ignore[operator]
    assert place(frames[0]) == "library.leaf for tickcast.gateway.made_up.work"
    outer = frames[0].f_back
    assert outer is not None
    assert place(outer) == "tickcast.gateway.made_up.work"
    assert place(sys._getframe()).endswith(
        f"{test_a_place_names_the_function_and_our_function_that_called_it.__name__}"
    )
