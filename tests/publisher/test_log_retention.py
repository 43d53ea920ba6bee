from tickcast.publisher.log_retention import Retention
from tickcast.wire.position import START, Position

MIB = 1024 * 1024


def test_a_log_is_kept_for_its_time() -> None:
    retention = Retention(60, 1000 * MIB)
    for second in range(200):
        retention.wrote(Position(1_000_000 + second * 1000, 0), 10)
    assert retention.minimum(10) == Position(1_000_000 + 139_000, 0)


def test_a_log_is_kept_within_its_bytes() -> None:
    retention = Retention(3600, 10 * MIB)
    for n in range(100):
        retention.wrote(Position(1_000_000 + n, 0), MIB // 2)
    keep = retention.minimum(MIB // 2)
    kept = 1_000_100 - keep.ms
    assert 15 <= kept <= 19


def test_small_batches_in_one_moment_are_not_all_dropped_together() -> None:
    retention = Retention(3600, MIB)
    for n in range(10_000):
        retention.wrote(Position(1_000_000, n), 300)
    kept = 10_000 - retention.minimum(300).seq
    assert MIB * 0.8 < kept * (300 + 128) <= MIB


def test_an_inherited_log_counts_as_one_block() -> None:
    retention = Retention(60, 10 * MIB)
    retention.inherit(Position(1_000_000, 3), 9 * MIB)
    retention.wrote(Position(1_000_001, 0), MIB // 2)
    assert retention.minimum(100) == Position(940_001, 0)
    assert retention.minimum(MIB) == Position(1_000_001, 0)


def test_nothing_is_kept_of_a_log_that_alone_is_too_large() -> None:
    retention = Retention(60, MIB)
    retention.inherit(Position(1_000_000, 3), 9 * MIB)
    assert retention.minimum(1) == Position(1_000_000, 4)


def test_the_blocks_remembered_are_bounded() -> None:
    retention = Retention(60, 100 * MIB)
    for n in range(100_000):
        retention.wrote(Position(1_000_000 + n, 0), 100)
        retention.minimum(100)
    assert len(retention._blocks) < 200


def test_an_empty_log_keeps_everything() -> None:
    assert Retention(60, MIB).minimum(1) <= Position(0, 1)
    retention = Retention(60, MIB)
    retention.inherit(START, 0)
    assert retention.minimum(1) <= Position(0, 1)
