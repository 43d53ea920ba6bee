from tickcast.publisher.log_retention import LogRetention
from tickcast.wire.position import START, Position

MIB = 1024 * 1024


def test_a_log_is_kept_for_its_time() -> None:
    retention = LogRetention(60, 1000 * MIB)
    for second in range(200):
        retention.record(Position(1_000_000 + second * 1000, 0), 10)
    assert retention.min_id(10) == Position(1_000_000 + 139_000, 0)


def test_a_log_is_kept_within_its_bytes() -> None:
    retention = LogRetention(3600, 10 * MIB)
    for n in range(100):
        retention.record(Position(1_000_000 + n, 0), MIB // 2)
    keep = retention.min_id(MIB // 2)
    kept = 1_000_100 - keep.ms
    assert 15 <= kept <= 19


def test_small_batches_in_one_moment_are_not_all_dropped_together() -> None:
    retention = LogRetention(3600, MIB)
    for n in range(10_000):
        retention.record(Position(1_000_000, n), 300)
    kept = 10_000 - retention.min_id(300).seq
    assert MIB * 0.8 < kept * (300 + 128) <= MIB


def test_an_inherited_log_counts_as_one_block() -> None:
    retention = LogRetention(60, 10 * MIB)
    retention.restart(Position(1_000_000, 3), 9 * MIB)
    retention.record(Position(1_000_001, 0), MIB // 2)
    assert retention.min_id(100) == Position(940_001, 0)
    assert retention.min_id(MIB) == Position(1_000_001, 0)


def test_nothing_is_kept_of_a_log_that_alone_is_too_large() -> None:
    retention = LogRetention(60, MIB)
    retention.restart(Position(1_000_000, 3), 9 * MIB)
    assert retention.min_id(1) == Position(1_000_000, 4)


def test_the_blocks_remembered_are_bounded() -> None:
    retention = LogRetention(60, 100 * MIB)
    for n in range(100_000):
        retention.record(Position(1_000_000 + n, 0), 100)
        retention.min_id(100)
    assert len(retention._blocks) < 200


def test_an_empty_log_keeps_everything() -> None:
    assert LogRetention(60, MIB).min_id(1) <= Position(0, 1)
    retention = LogRetention(60, MIB)
    retention.restart(START, 0)
    assert retention.min_id(1) <= Position(0, 1)
