"""Cursors: any text of a client is a cursor, or refused; a cursor has one meaning."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import damaged, odd_texts
from tests.fuzz.profile import bounded, fuzzed, tried
from tests.support.ticks import feed_epochs, positions
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.cursor import MAX_CURSOR_LENGTH, Cursor, CursorError, common, decode_cursor, encode_cursor


@st.composite
def cursors(draw: st.DrawFn) -> str:
    places = draw(st.lists(positions, min_size=1, max_size=5)) * draw(st.sampled_from([1, 1, 1, 50]))
    partition = draw(st.integers(0, len(places) - 1))
    place = draw(st.none() | st.integers(0, 99_999))
    return encode_cursor(Cursor(draw(feed_epochs), tuple(places), partition, place))


def from_bytes(data: bytes) -> str:
    return base64.urlsafe_b64encode(b"\1" + data).rstrip(b"=").decode()


texts = st.one_of(
    damaged(cursors().map(str.encode)).map(lambda data: data.decode("latin-1")),
    st.binary(max_size=60).map(from_bytes),
    st.sampled_from([b"\0", b"\x7f", b"\x80", b"\xff", b"\x80\0", b"\1\0"]).map(
        lambda b: from_bytes(b * 1500)
    ),
    odd_texts,
)


@fuzzed(300)
@given(texts)
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with bounded(mib=2):
        cursor = tried(CursorError, decode_cursor, text)
    if isinstance(cursor, CursorError):
        return
    assert 0 < len(cursor.positions) <= MAX_PARTITIONS
    again = encode_cursor(cursor)
    assert len(again) <= MAX_CURSOR_LENGTH
    assert decode_cursor(again) == cursor


@fuzzed()
@given(texts, cursors())
def test_what_any_two_have_in_common_is_a_cursor(text: str, other: str) -> None:
    found = tried(CursorError, common, text, other.partition(".")[0])
    if isinstance(found, str):
        assert decode_cursor(found).epoch == decode_cursor(text).epoch
