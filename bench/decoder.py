"""Decodes a compressed, chunked HTTP response incrementally. Pure."""

import sys
import zlib
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Decoder:
    """One response: the head unchanged, then the body without chunks and compression."""

    def __init__(self) -> None:
        self._data = b""
        self._begun = False
        self._left = 0
        """Bytes missing in the current chunk."""
        self._inflate: Any = None
        self._zstd = False

    def feed(self, data: bytes) -> bytes:
        """Return the bytes that `data` adds to the decoded response."""
        self._data += data
        out = b""
        if not self._begun:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if not end:
                return b""
            self._begin(head.lower())
            out, self._data = head + end, rest
        return out + self._plain(self._body())

    def _begin(self, head: bytes) -> None:
        self._begun = True
        self._zstd = b"content-encoding: zstd" in head
        if b"content-encoding: gzip" in head:
            self._inflate = zlib.decompressobj(31)
        elif self._zstd:
            self._inflate = zstd.ZstdDecompressor()

    def _body(self) -> bytes:
        """Return the bytes of all chunks received so far; keep an incomplete chunk header."""
        parts = []
        while self._data:
            if not self._left:
                size, end, rest = self._data.lstrip(b"\r\n").partition(b"\r\n")
                if not end:
                    break
                self._left, self._data = int(size, 16), rest
                if not self._left:
                    break
            part, self._data = self._data[: self._left], self._data[self._left :]
            self._left -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _plain(self, body: bytes) -> bytes:
        if self._inflate is None:
            return body
        if not self._zstd:
            return bytes(self._inflate.decompress(body))
        out = b""
        while body:
            # zstd frames are independent: each needs a new decompressor.
            if self._inflate.eof:
                self._inflate = zstd.ZstdDecompressor()
            out += self._inflate.decompress(body)
            body = self._inflate.unused_data if self._inflate.eof else b""
        return out
