"""Compression of frames, each by itself, so that one result serves every client of a group. Pure.

gzip: one endless deflate stream (RFC 1951, 1952) of pieces that each end in a full flush. Such a
piece refers to nothing before it, so any client may get any sequence of them. The stream has
no trailer: it would be a checksum over what this one client got.
zstd: a stream of whole frames (RFC 8878), as the format allows.
"""

import sys
import zlib
from enum import Enum

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WORTH_IT = 200
"""Bytes below which a piece goes as it is, in a stored or raw block: it would hardly shrink."""

MAX_STORED = 0xFFFF
GZIP_LEVEL = 3
ZSTD_LEVEL = 1
MAX_HEADER = 1024
"""Characters of an Accept-Encoding header that are read."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"

# A full flush, and an ended frame, leave nothing behind: one compressor serves all groups.
_deflater = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
_zstd = zstd.ZstdCompressor(level=ZSTD_LEVEL)


class Encoding(Enum):
    """A content coding, by its name in HTTP; the better ones first."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"

    @property
    def prologue(self) -> bytes:
        """Return what a stream begins with, before its first piece."""
        return _GZIP_HEADER if self is Encoding.GZIP else b""

    def encode(self, data: bytes) -> bytes:
        """Return `data` as a piece that can follow any other."""
        if self is Encoding.IDENTITY:
            return data
        if self is Encoding.GZIP:
            if len(data) < WORTH_IT:
                return _stored(data)
            return _deflater.compress(data) + _deflater.flush(zlib.Z_FULL_FLUSH)
        if len(data) < WORTH_IT:
            return _raw(data)
        return _zstd.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def _stored(data: bytes) -> bytes:
    size = len(data)
    return b"\x00" + size.to_bytes(2, "little") + (size ^ MAX_STORED).to_bytes(2, "little") + data


def _raw(data: bytes) -> bytes:
    # Single segment, content size in one byte; then one raw block, the last.
    head = bytes((0x20, len(data)))
    return _ZSTD_MAGIC + head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def choose_encoding(accept: str | None) -> Encoding:
    """Return the best encoding that an Accept-Encoding header allows (RFC 9110, section 12.5.3).

    The client's weights come first, ours decide between equals. A header that cannot be read
    asks for nothing.
    """
    if not accept or len(accept) > MAX_HEADER:
        return Encoding.IDENTITY
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters.strip())
    others = weights.get("*", 0.0)
    best, most = Encoding.IDENTITY, weights.get("identity", 0.0)
    for encoding in (Encoding.GZIP, Encoding.ZSTD):
        weight = weights.get(encoding.value, others)
        if weight > 0 and weight >= most:
            best, most = encoding, weight
    return best


def _weight(parameters: str) -> float:
    if not parameters:
        return 1.0
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
