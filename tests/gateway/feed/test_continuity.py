"""Proof that each batch follows the one before."""

import pytest

from tickcast.gateway.feed.continuity import MAX_BUFFERED, Continuity, Verdict
from tickcast.wire.batch import Batch
from tickcast.wire.position import START, Position

EPOCH = "0123456789abcdef"


def batch(own: int, prev: int, epoch: str = EPOCH) -> Batch:
    return Batch(epoch, Position(own, 0), Position(prev, 0), 0, [] if own == prev else [(b"A", b"{}")])


def at(position: int) -> Continuity:
    part = Continuity()
    part.epoch, part.position = EPOCH, Position(position, 0)
    return part


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (batch(6, 5), Verdict.NEXT),
        (batch(5, 4), Verdict.OLD),
        (batch(3, 2), Verdict.OLD),
        (batch(7, 6), Verdict.HOLE),
        (batch(6, 4), Verdict.HOLE),
        (batch(5, 5), Verdict.OLD),
        (batch(7, 7), Verdict.HOLE),
        (batch(6, 5, "f" * 16), Verdict.EPOCH),
        (batch(4, 4, "f" * 16), Verdict.EPOCH),
    ],
)
def test_a_batch_is_judged_by_what_came_before(found: Batch, verdict: Verdict) -> None:
    assert at(5).judge(found) is verdict


def test_what_waits_comes_out_in_order_and_only_once() -> None:
    part = at(5)
    part.backfilling = True
    part.buffer(batch(7, 6), 10)
    part.buffer(batch(8, 7), 10)
    assert [part.pop(), part.pop()] == [batch(7, 6), batch(8, 7)]
    assert not part.buffered
    part.buffer(batch(9, 8), 10)
    assert part.end_backfill() == 1
    assert not part.buffered
    assert not part.backfilling


def test_what_waits_is_bounded_in_bytes() -> None:
    part = at(5)
    for number in range(10):
        part.buffer(batch(number + 7, number + 6), MAX_BUFFERED // 4)
    assert len(part.buffered) == 5
    part.pop()
    part.buffer(batch(20, 19), MAX_BUFFERED)
    part.buffer(batch(21, 20), 1)
    assert len(part.buffered) == 5
    part.end_backfill()
    part.buffer(batch(7, 6), 1)
    assert len(part.buffered) == 1


def test_a_redis_that_has_lost_what_we_have_is_told_from_one_that_has_another_feed() -> None:
    part = Continuity()
    assert not part.is_beyond("", START)
    part.epoch, part.position = "e", Position(5, 0)
    assert part.is_beyond("", START)
    assert part.is_beyond("e", Position(4, 9))
    assert not part.is_beyond("e", Position(5, 0))
    assert not part.is_beyond("other", Position(1, 0))
    # A replica that was left behind has an epoch that is over.
    part.go_on("other", Position(1, 0))
    assert part.is_beyond("e", Position(9, 0))
    assert not part.is_beyond("third", START)
