"""A compressed response, cut anywhere, is the plain one again."""

import sys
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.bench.decoder import Decoder

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAMES = [b"event: tick\ndata: %d\n\n" % number * 9 for number in range(12)]


def gzip_frames() -> list[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    return [packer.compress(frame) + packer.flush(zlib.Z_FULL_FLUSH) for frame in FRAMES]


PACKED = {
    "identity": lambda: FRAMES,
    "gzip": gzip_frames,
    "zstd": lambda: [zstd.compress(frame) for frame in FRAMES],
}


@pytest.mark.parametrize("encoding", PACKED)
@given(cuts=st.lists(st.integers(1, 900), max_size=8))
def test_what_was_packed_comes_back(encoding: str, cuts: list[int]) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %b\r\n\r\n" % encoding.encode()
    data = head + b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in PACKED[encoding]())
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    decoder = Decoder()
    out = b"".join(decoder.feed(data[a:b]) for a, b in pairwise(places))
    assert out == head + b"".join(FRAMES)
