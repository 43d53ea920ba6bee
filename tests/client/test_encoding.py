"""Compressed streams: unpacked wherever they are cut, in bounded pieces; what is none is refused."""

import sys
import zlib
from collections.abc import Iterator

import pytest

from tickcast.client.encoding import PIECE, EncodingError, readable, unpacker

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PARTS = [b"event: tick\n" * 20, b"", b"x" * 300_000, b"end"]


def gzip(parts: list[bytes]) -> bytes:
    """Return a stream without a trailer, flushed after each part, as gateways send it."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH) for part in parts)


def frames(parts: list[bytes]) -> bytes:
    """Return a frame for each part."""
    return b"".join(map(zstd.compress, parts))


@pytest.mark.parametrize(("coding", "packed"), [("gzip", gzip(PARTS)), ("zstd", frames(PARTS))])
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_a_stream_is_unpacked_wherever_it_is_cut(coding: str, packed: bytes, size: int) -> None:
    found_unpacker = unpacker(coding)
    assert found_unpacker is not None
    unpack = found_unpacker.unpack
    found = [piece for at in range(0, len(packed), size) for piece in unpack(packed[at : at + size])]
    assert b"".join(found) == b"".join(PARTS)
    assert max(map(len, found)) <= PIECE


def _unpacked(coding: str, data: bytes) -> Iterator[bytes]:
    found = unpacker(coding)
    assert found is not None
    return found.unpack(data)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_bytes_of_another_coding_are_refused(coding: str) -> None:
    with pytest.raises(EncodingError, match=f"the answer is no {coding}"):
        [*_unpacked(coding, b"plain text, and more of it")]


def test_a_window_that_would_take_much_memory_is_refused() -> None:
    options = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(b"x" * 100) + packer.flush(zstd.ZstdCompressor.FLUSH_BLOCK)
    with pytest.raises(EncodingError):
        [*_unpacked("zstd", packed)]


def test_what_is_not_packed_needs_nothing() -> None:
    assert (unpacker(""), unpacker("identity")) == (None, None)


def test_what_can_be_read_is_asked_for() -> None:
    assert readable() == "zstd, gzip"
