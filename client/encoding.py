"""Content codings: which ones this program can read, and the bytes behind them. Pure."""

import importlib
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from typing import Any, Protocol

PIECE = 64 * 1024
"""Bytes unpacked at once: a few bytes may hold very many."""

_WINDOW_LOG = 23
"""Windows of zstd are 8 MiB at most, as RFC 8878 recommends; those of gateways have some KiB."""


class EncodingError(ValueError):
    """The bytes are not in the coding that the answer names, or nobody here can read it."""


class Unpacker(Protocol):
    """Undoes a coding."""

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield what more can be read, in pieces; all of them before more is given. Raises EncodingError."""
        ...


def unpacker(coding: str) -> Unpacker | None:
    """Return what undoes a coding, by its name in HTTP; None for "" and `identity`. Raises EncodingError."""
    if coding in ("", "identity"):
        return None
    if coding in ("gzip", "x-gzip"):
        return _Gunzip()
    if coding == "zstd" and _zstd() is not None:
        return _Unzstd()
    raise EncodingError(f"the answer is in the coding {coding[:20]!r}, which was not asked for")


def readable() -> str:
    """Return the value of Accept-Encoding: what this program can read, the best first."""
    return "gzip" if _zstd() is None else "zstd, gzip"


class _Gunzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        try:
            # What the window still holds comes out without more input.
            while piece := self._inflate.decompress(data, PIECE):
                yield piece
                data = self._inflate.unconsumed_tail
        except zlib.error as error:
            raise EncodingError(f"the answer is no gzip: {error}") from None


class _Unzstd:
    def __init__(self) -> None:
        self._zstd = _zstd()
        self._options = {self._zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
        self._frame = self._zstd.ZstdDecompressor(options=self._options)

    def unpack(self, data: bytes) -> Iterator[bytes]:
        try:
            while True:
                if self._frame.eof:
                    data = self._frame.unused_data + data
                    if not data:
                        return
                    self._frame = self._zstd.ZstdDecompressor(options=self._options)
                piece = self._frame.decompress(data, PIECE)
                data = b""
                if piece:
                    yield piece
                elif not self._frame.eof:
                    return
        except self._zstd.ZstdError as error:
            raise EncodingError(f"the answer is no zstd: {error}") from None


@cache
def _zstd() -> Any:
    """Return the module of zstd: of Python 3.14, or of the package that older ones need; None without it."""
    try:
        return importlib.import_module(
            "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        )
    except ImportError:
        return None
