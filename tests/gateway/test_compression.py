"""Pieces that are compressed once and read by every client, whichever pieces it gets."""

import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.compression import Encoding, choose_encoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pieces = st.binary(min_size=1, max_size=400) | st.integers(1, 2000).map(lambda count: b'{"p":1}' * count)


def unzipped(encoding: Encoding, data: bytes) -> bytes:
    """Return what a browser reads, which also must not wait for more."""
    if encoding is Encoding.IDENTITY:
        return data
    if encoding is Encoding.GZIP:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(data)
    out = b""
    while data:
        frame = zstd.ZstdDecompressor()
        out += frame.decompress(data)
        assert frame.eof
        data = frame.unused_data
    return out


@pytest.mark.parametrize("encoding", Encoding)
@given(st.lists(pieces, min_size=1, max_size=6), st.data())
def test_any_pieces_in_any_order_read_as_one_stream(
    encoding: Encoding, bodies: list[bytes], data: st.DataObject
) -> None:
    made = [(body, encoding.encode(body)) for body in bodies]
    got = data.draw(st.lists(st.sampled_from(made), min_size=1))
    stream = encoding.prologue + b"".join(piece for _, piece in got)
    assert unzipped(encoding, stream) == b"".join(body for body, _ in got)


@pytest.mark.parametrize("encoding", [Encoding.GZIP, Encoding.ZSTD])
def test_ticks_shrink_and_a_short_piece_hardly_grows(encoding: Encoding) -> None:
    ticks = b"".join(b'event: tick\ndata: {"S":"AAPL","q":%d,"p":189.34}\n\n' % q for q in range(20))
    assert len(encoding.encode(ticks)) < len(ticks) / 3
    assert len(encoding.encode(b"x" * 100)) < 112


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, Encoding.IDENTITY),
        ("", Encoding.IDENTITY),
        ("gzip, deflate, br, zstd", Encoding.ZSTD),
        ("gzip, deflate", Encoding.GZIP),
        ("GZIP", Encoding.GZIP),
        ("br", Encoding.IDENTITY),
        ("*", Encoding.ZSTD),
        ("*;q=0", Encoding.IDENTITY),
        ("gzip;q=1, zstd;q=0.5", Encoding.GZIP),
        ("gzip;q=0, zstd;q=0", Encoding.IDENTITY),
        ("gzip;q=0.2, identity;q=0.9", Encoding.IDENTITY),
        ("gzip;q=nonsense", Encoding.IDENTITY),
        ("gzip;q=nan", Encoding.IDENTITY),
        ("gzip;q=7", Encoding.IDENTITY),
        ("gzip" + "," * 5000, Encoding.IDENTITY),
    ],
)
def test_the_encoding_is_the_best_that_the_client_allows(header: str | None, chosen: Encoding) -> None:
    assert choose_encoding(header) is chosen
