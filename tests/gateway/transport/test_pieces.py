"""Pieces of what a client sent: all of it, and at most one head of a request in each."""

from hypothesis import given
from hypothesis import strategies as st

from tickcast.gateway.transport.pieces import END_OF_HEAD, IN_BODY, end_of_piece

SENT = st.lists(st.sampled_from([b"\r", b"\n", b"GET / HTTP/1.1\r\n", b"x: y\r\n", END_OF_HEAD])).map(
    b"".join
)


@given(SENT, st.booleans())
def test_pieces_make_up_all_that_was_sent_and_each_completes_one_head_at_most(
    data: bytes, in_body: bool
) -> None:
    start, pieces = 0, []
    while start < len(data):
        end = end_of_piece(data, start, in_body)
        pieces.append(data[start:end])
        start = end
    assert b"".join(pieces) == data
    own = IN_BODY if in_body else 0
    assert all(END_OF_HEAD not in piece[own : -len(END_OF_HEAD)] for piece in pieces)
    assert all(piece.endswith(END_OF_HEAD) and len(piece) >= own for piece in pieces[:-1])
