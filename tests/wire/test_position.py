import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import positions
from tickcast.wire.position import MAX_MS, MAX_SEQ, START, Position, PositionError, parse_position


@given(positions)
def test_a_position_survives_its_text(position: Position) -> None:
    assert parse_position(str(position).encode()) == position


@given(st.binary(max_size=30) | st.text("0123456789-", max_size=30).map(str.encode))
@example(b"1_0-1")
@example(b"+1-1")
@example(b" 1-1")
@example("٣-1".encode())
@example(b"007-01")
def test_any_bytes_are_a_position_or_refused(data: bytes) -> None:
    try:
        position = parse_position(data)
    except PositionError:
        return
    assert START <= position <= Position(MAX_MS, MAX_SEQ)
    ms, _, seq = data.partition(b"-")
    # Of bytes, isdigit knows the ten of ASCII alone; int would take more.
    assert ms.isdigit()
    assert seq.isdigit()
    assert position == (int(ms), int(seq))


@given(positions, positions)
def test_positions_are_ordered_by_time_then_number(one: Position, other: Position) -> None:
    assert (one < other) == (one.ms < other.ms or (one.ms == other.ms and one.seq < other.seq))


@pytest.mark.parametrize(
    "data", [b"", b"1", b"1-", b"-1", b"1-1\n", b"1-1-1", b"%d-0" % (MAX_MS + 1), b"1-%d" % (MAX_SEQ + 1)]
)
def test_torn_and_out_of_range_positions_are_refused(data: bytes) -> None:
    with pytest.raises(PositionError, match="not a position"):
        parse_position(data)
