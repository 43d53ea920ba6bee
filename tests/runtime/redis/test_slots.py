"""Slots of a cluster."""

from typing import Any

import pytest

from tickcast.runtime.redis.address import Host
from tickcast.runtime.redis.slots import SLOTS, read_slots, slot_of
from tickcast.wire.names import MAIN

ASKED = Host("seed", 7000)


@pytest.mark.parametrize(
    ("key", "slot"), [("123456789", 0x31C3), ("{123456789}x", 0x31C3), ("a{123456789}b{c}", 0x31C3)]
)
def test_the_slot_is_that_of_the_specification(key: str, slot: int) -> None:
    assert slot_of(key) == slot


def test_braces_around_nothing_count_as_part_of_the_key() -> None:
    assert len({slot_of(key) for key in ("{}a", "{}b", "{a", "}a{")}) == 4


def test_the_names_of_a_partition_share_a_slot_and_16_partitions_spread() -> None:
    assert slot_of(MAIN.live(7)) == slot_of(MAIN.log(7))
    assert len({slot_of(MAIN.live(partition)) * 3 // SLOTS for partition in range(16)}) == 3


def test_every_slot_has_the_master_that_the_answer_names() -> None:
    holders = read_slots(
        [[0, 9, [b"one", 1, b"id", []], [b"replica", 2, b"id", []]], [11, SLOTS - 1, [b"", 3, b"id"]]], ASKED
    )
    assert holders[0] == holders[9] == Host("one", 1)
    assert holders[10] is None
    assert holders[SLOTS - 1] == Host("seed", 3)


@pytest.mark.parametrize(
    "reply", [None, [[]], [[1]], [["a", 2, [b"h", 1]]], [[0, SLOTS, [b"h", 1]]], [[0, 1, 2]]]
)
def test_an_answer_that_makes_no_sense_is_refused(reply: Any) -> None:
    with pytest.raises(ValueError, match="seed:7000"):
        read_slots(reply, ASKED)
