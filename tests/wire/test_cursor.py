import base64
import re
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.ticks import feed_epochs, positions
from tickcast.wire.bounds import MAX_BATCH_TICKS, MAX_PARTITIONS
from tickcast.wire.cursor import (
    MAX_CURSOR_LENGTH,
    Cursor,
    CursorError,
    common,
    decode_cursor,
    encode_cursor,
    encode_prefix,
    feed_epoch,
)
from tickcast.wire.position import MAX_MS, MAX_SEQ, Position


@st.composite
def cursors(draw: st.DrawFn) -> Cursor:
    places = tuple(draw(st.lists(positions, min_size=1, max_size=MAX_PARTITIONS)))
    partition = draw(st.integers(0, len(places) - 1))
    return Cursor(draw(feed_epochs), places, partition, draw(st.none() | st.integers(0, MAX_BATCH_TICKS)))


@given(cursors())
def test_a_cursor_survives_its_text(cursor: Cursor) -> None:
    text = encode_cursor(cursor)
    assert decode_cursor(text) == cursor
    assert len(text) <= MAX_CURSOR_LENGTH


@given(cursors(), st.integers(0, MAX_BATCH_TICKS))
def test_a_place_may_be_appended_to_the_prefix_of_its_batch(cursor: Cursor, place: int) -> None:
    prefix = encode_prefix(cursor.epoch, cursor.positions, cursor.partition)
    assert decode_cursor(f"{prefix}.{place}") == cursor._replace(place=place)


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{1,60}(\.[0-9]{0,6})?", fullmatch=True))
@example("AQAAAAAAAAAAAA.1")
@example("AQAAAAAAAAAAAA.٣")
@example("AQAAAAAAAAAAAA.1_0")
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    try:
        cursor = decode_cursor(text)
    except CursorError:
        return
    assert decode_cursor(encode_cursor(cursor)) == cursor
    assert re.fullmatch("[A-Za-z0-9_-]+([.][0-9]+)?", text)


@given(st.binary(max_size=60))
def test_any_bytes_behind_a_right_start_are_a_cursor_or_refused(data: bytes) -> None:
    text = base64.urlsafe_b64encode(b"\x01" + data).rstrip(b"=").decode()
    try:
        cursor = decode_cursor(text)
    except CursorError:
        return
    assert all(position <= (MAX_MS, MAX_SEQ) for position in cursor.positions)
    assert cursor.partition < len(cursor.positions) <= MAX_PARTITIONS


def test_a_cursor_of_16_partitions_fits_256_bytes_at_worst() -> None:
    # Neighbours as far apart as they can be make the longest differences.
    places = tuple(Position(MAX_MS if at % 2 else 0, MAX_SEQ) for at in range(16))
    text = encode_cursor(Cursor("f" * 12, places, 15, MAX_BATCH_TICKS))
    assert len(text) <= 256
    assert decode_cursor(text).positions == places


def test_a_cursor_of_the_most_partitions_is_still_read() -> None:
    places = tuple(Position(MAX_MS if at % 2 else 0, MAX_SEQ) for at in range(MAX_PARTITIONS))
    cursor = Cursor("f" * 12, places, MAX_PARTITIONS - 1, MAX_BATCH_TICKS)
    assert decode_cursor(encode_cursor(cursor)) == cursor


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an id that a stream has sent"),
        ("A" * (MAX_CURSOR_LENGTH + 1), "an id that a stream has sent"),
        ("AQ==", "an id that a stream has sent"),
        ("AAAAAAAAAAAA", "of this version"),
        ("AQAA", "of this version"),
        ("AQAAAAAAAAA", "partitions are torn"),
        ("AQAAAAAAAAEAAA", "partition is out of range"),
        ("AQAAAAAAAAAA____", "middle of a number"),
    ],
)
def test_the_refusal_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(CursorError, match=message):
        decode_cursor(text)


@given(cursors())
def test_a_torn_cursor_is_refused_or_another_one(cursor: Cursor) -> None:
    text = encode_prefix(cursor.epoch, cursor.positions, cursor.partition)
    with suppress(CursorError):
        assert decode_cursor(text[:-1]) != cursor


def test_the_epoch_of_a_feed_changes_with_that_of_any_partition() -> None:
    epochs = ["0" * 16, "1" * 16, "2" * 16]
    changed = [feed_epoch([*epochs[:at], "f" * 16, *epochs[at + 1 :]]) for at in range(3)]
    assert len({feed_epoch(epochs), *changed, feed_epoch(epochs[::-1])}) == 5
    assert feed_epoch(epochs) == feed_epoch(list(epochs))


@given(st.data(), cursors())
def test_what_two_cursors_have_in_common_is_ahead_of_neither(data: st.DataObject, cursor: Cursor) -> None:
    size = len(cursor.positions)
    places = tuple(data.draw(st.lists(positions, min_size=size, max_size=size)))
    other = Cursor(cursor.epoch, places)
    found = decode_cursor(common(encode_cursor(cursor), encode_cursor(other)))
    assert found.positions == tuple(map(min, cursor.positions, places))
    whole = cursor.positions[cursor.partition] > places[cursor.partition]
    assert (found.partition, found.place) == (cursor.partition, None if whole else cursor.place)


@given(cursors(), cursors())
def test_cursors_of_two_epochs_have_nothing_in_common(cursor: Cursor, other: Cursor) -> None:
    other = other._replace(epoch=f"{int(cursor.epoch, 16) ^ 1:012x}", place=None)
    assert common(encode_cursor(cursor), encode_cursor(other)) == encode_cursor(cursor)
