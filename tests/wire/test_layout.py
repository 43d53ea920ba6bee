"""How a feed is cut, as Redis tells."""

import pytest

from tickcast.wire.layout import Layout, LayoutError, decode_layout


def test_a_layout_is_read() -> None:
    assert decode_layout(b"16", b"upper") == Layout(16, "upper")
    assert decode_layout(b"1", b"keep") == Layout(1, "keep")


def test_a_feed_that_has_not_begun_has_none() -> None:
    assert decode_layout(None, None) is None
    assert decode_layout(b"4", None) is None


@pytest.mark.parametrize(
    ("partitions", "case"),
    [(b"0", b"upper"), (b"9999", b"upper"), (b"-1", b"keep"), (b"x", b"keep"), (b"4", b"Keep")],
)
def test_what_is_no_layout_is_said(partitions: bytes, case: bytes) -> None:
    with pytest.raises(LayoutError, match=r"partitions b.* and case b"):
        decode_layout(partitions, case)
