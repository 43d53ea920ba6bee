"""Compression of frames, once for all clients of a group. Pure.

A piece made by `Encoding.encode` refers to nothing before it, so a client may get any sequence of such
pieces. A piece made by a `History` refers to the pieces before it, which makes a frame of one tick four
times smaller; only a client that has had all the earlier pieces can read it.

gzip: one endless deflate stream (RFC 1951, 1952), flushed after each piece. It has no trailer, because
that would be a checksum over the bytes of one client.
zstd: every client is always inside an open frame (RFC 8878), from the prologue on. A piece that
refers to nothing ends that frame, whatever it contains, and opens a new one.
"""

import sys
import zlib
from enum import Enum
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIN_COMPRESSED = 200
"""Bytes from which a piece by itself is compressed; a smaller one, which would hardly shrink, is stored."""

MAX_STORED = 0xFFFF
"""Bytes of a stored deflate block, at most (RFC 1951, section 3.2.4)."""

MAX_HEADER = 1024
"""Characters of an Accept-Encoding header that are read."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""An empty stored block; zlib's own flushes end with it too.

Go's inflater returns a piece only when the next block begins. Without the empty block every small
piece would wait for the next one: for minutes on a quiet feed.
"""

_ZSTD_HEADER = b"\x28\xb5\x2f\xfd\x00\x00"
"""Begins a zstd frame: the magic number, no content size, no checksum, a window of 1 KiB."""

_ZSTD_END = b"\x01\x00\x00"
"""Ends a zstd frame: a raw block of no bytes, the last."""


def _deflate(level: int, window: int, memory: int) -> Any:
    return zlib.compressobj(level, zlib.DEFLATED, -window, memory)


def _zstd(window: int, table: int) -> zstd.ZstdCompressor:
    # The client needs as much memory as the window is large; the default would be 512 KiB.
    options = {"compression_level": 1, "window_log": window, "hash_log": table, "chain_log": 10}
    return zstd.ZstdCompressor(options={zstd.CompressionParameter[name]: n for name, n in options.items()})


# Both are reset after each piece, so one of each serves all groups. A piece made here may serve only one
# client, so it must be cheap: level 6 of gzip would make it a tenth smaller for half as much more CPU.
_deflater = _deflate(level=3, window=13, memory=7)
_zstandard = _zstd(window=14, table=13)


class Encoding(Enum):
    """A content coding, by its name in HTTP (RFC 9110, section 8.4.1); the better ones first."""

    ZSTD = "zstd"
    GZIP = "gzip"
    IDENTITY = "identity"

    @property
    def prologue(self) -> bytes:
        """Return the bytes before the first piece of a stream."""
        return {Encoding.GZIP: _GZIP_HEADER, Encoding.ZSTD: _ZSTD_HEADER}.get(self, b"")

    @property
    def epilogue(self) -> bytes:
        """Return the bytes after the last piece of a stream."""
        return _ZSTD_END if self is Encoding.ZSTD else b""

    def encode(self, data: bytes) -> bytes:
        """Return `data` as a piece that can follow any other piece."""
        if self is Encoding.IDENTITY:
            return data
        if self is Encoding.GZIP:
            if len(data) < MIN_COMPRESSED:
                return _stored(data)
            return bytes(_deflater.compress(data) + _deflater.flush(zlib.Z_FULL_FLUSH))
        if len(data) < MIN_COMPRESSED:
            return _raw(data)
        piece = _zstandard.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
        _zstandard.flush(zstd.ZstdCompressor.FLUSH_FRAME)
        return _ZSTD_END + piece


class History:
    """Compresses the frames of one group; each frame refers to the earlier ones.

    All members must have had the same frames since the last call of `forget`.
    """

    def __init__(self, encoding: Encoding) -> None:
        """Use `encoding`, which is not IDENTITY. Costs 36 KiB (gzip) or 74 KiB (zstd)."""
        self._restart = True
        # Small windows, because every group has its own: twice the memory would save another 3 % of bytes.
        # Many clients share the work, so gzip may take longer: level 6 saves 12 % more than level 3.
        self._gzip = _deflate(level=6, window=12, memory=5) if encoding is Encoding.GZIP else None
        self._zstd = _zstd(window=13, table=12) if encoding is Encoding.ZSTD else None

    def forget(self) -> None:
        """Let the next piece refer to nothing before it: a new member has not had the earlier pieces."""
        self._restart = True

    def encode(self, data: bytes) -> bytes:
        """Return `data` as a piece that follows the last one; after `forget`, it can follow any piece."""
        restart, self._restart = self._restart, False
        if self._gzip is not None:
            before = self._gzip.flush(zlib.Z_FULL_FLUSH) if restart else b""
            return bytes(before + self._gzip.compress(data) + self._gzip.flush(zlib.Z_SYNC_FLUSH))
        assert self._zstd is not None
        if restart:
            self._zstd.flush(zstd.ZstdCompressor.FLUSH_FRAME)
        piece = self._zstd.compress(data, zstd.ZstdCompressor.FLUSH_BLOCK)
        return _ZSTD_END + piece if restart else piece


def _stored(data: bytes) -> bytes:
    size = len(data)
    head = b"\x00" + size.to_bytes(2, "little") + (size ^ MAX_STORED).to_bytes(2, "little")
    return head + data + _EMPTY_BLOCK


def _raw(data: bytes) -> bytes:
    # One raw block, not the last block of its frame.
    return _ZSTD_END + _ZSTD_HEADER + (len(data) << 3).to_bytes(3, "little") + data


def choose_encoding(accept: str | None) -> Encoding:
    """Return the best encoding that an Accept-Encoding header allows (RFC 9110, section 12.5.3).

    The client's weights decide; between equal weights the better encoding wins. A header that cannot be
    read counts as none.
    """
    if not accept or len(accept) > MAX_HEADER:
        return Encoding.IDENTITY
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = _weight(parameters.strip())
    others = weights.get("*", 0.0)
    best, best_weight = Encoding.IDENTITY, weights.get("identity", 0.0)
    for encoding in (Encoding.GZIP, Encoding.ZSTD):
        weight = weights.get(encoding.value, others)
        if weight > 0 and weight >= best_weight:
            best, best_weight = encoding, weight
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
