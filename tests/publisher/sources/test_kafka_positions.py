"""Where a partition of Kafka is read from, and which positions may be kept."""

import pytest

from tickcast.publisher.sources.kafka_positions import Beginning, Positions, beginning


@pytest.mark.parametrize(
    ("reached", "from_oldest", "begins"),
    [
        (None, False, Beginning(20)),
        (None, True, Beginning(10)),
        (15, False, Beginning(15)),
        (15, True, Beginning(15)),
        (10, False, Beginning(10)),
        (20, True, Beginning(20)),
        (7, False, Beginning(10, deleted=3)),
        (0, True, Beginning(10, deleted=10)),
        (21, True, Beginning(20, beyond=True)),
    ],
)
def test_a_partition_is_read_from(reached: int | None, from_oldest: bool, begins: Beginning) -> None:
    assert beginning(reached, 10, 20, from_oldest) == begins


def test_a_position_may_be_kept_when_redis_has_all_lists_up_to_it() -> None:
    positions = Positions()
    positions.begin(0, 5)
    positions.begin(1, 0)
    assert positions.to_keep() == {0: 5, 1: 0}
    positions.kept({0: 5, 1: 0})
    positions.take(0, 8)
    positions.mark(2)
    positions.take(1, 3)
    positions.mark(3)
    positions.written(1)
    assert positions.to_keep() == {}
    positions.written(2)
    assert positions.to_keep() == {0: 8}
    positions.written(3)
    assert positions.to_keep() == {0: 8, 1: 3}
    assert positions.read == {0: 8, 1: 3}


def test_what_held_no_list_may_be_kept_with_the_list_before_it() -> None:
    positions = Positions()
    positions.take(0, 8)
    positions.mark(1)
    positions.take(0, 9)
    positions.mark(1)
    assert positions.to_keep() == {}
    positions.written(1)
    assert positions.to_keep() == {0: 9}
    positions.take(0, 12)
    positions.mark(1)
    assert positions.to_keep() == {0: 12}


def test_messages_that_hold_nothing_need_no_more_memory() -> None:
    positions = Positions()
    positions.take(0, 1)
    positions.mark(1)
    for position in range(2, 1_000):
        positions.take(0, position)
        positions.mark(1)
    assert len(positions._marks) == 1


def test_a_position_that_changes_while_it_is_being_kept_is_kept_again() -> None:
    positions = Positions()
    positions.begin(0, 5)
    keeping = positions.to_keep()
    positions.take(0, 6)
    positions.mark(0)
    positions.kept(keeping)
    assert positions.to_keep() == {0: 6}
    positions.kept({0: 6})
    assert positions.to_keep() == {}
    positions.keep_again()
    assert positions.to_keep() == {0: 6}


def test_a_reconnect_changes_nothing_of_what_is_on_its_way() -> None:
    positions = Positions()
    positions.begin(0, 0)
    positions.kept({0: 0})
    positions.take(0, 5)
    positions.mark(1)
    positions.begin(0, 5)
    assert positions.to_keep() == {}
    positions.written(1)
    assert positions.to_keep() == {0: 5}
