"""The body of a request: which forms of it are taken, and its unpacking within bounds. Pure."""

import sys
import zlib
from collections.abc import Callable, Mapping

from tickcast.runtime.problem import Problem
from tickcast.wire.bounds import MAX_ENTRY_BYTES, MAX_ENTRY_LINES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_WINDOW_LOG = 23
"""A zstd window of 8 MiB, the largest that HTTP allows (RFC 9659): it is memory of ours."""

MAX_PIECES = MAX_ENTRY_LINES
"""Pieces of a packed body, each packed by itself, at most: 30,000 that hold nothing take half a second."""

NDJSON, JSON = "application/x-ndjson", "application/json"


def media_type(headers: Mapping[str, str]) -> str:
    """Return NDJSON or JSON, as the header Content-Type says. Raises Problem(415)."""
    given = headers.get("content-type", "")
    kind, _, parameters = given.partition(";")
    kind, parameters = kind.strip().lower(), parameters.strip().lower().replace('"', "")
    if kind not in (NDJSON, JSON) or parameters not in ("", "charset=utf-8"):
        raise Problem(
            415,
            f"Content-Type {given[:80]!r} is not taken; send {NDJSON}, or {JSON} with an array, in UTF-8",
            {"accept": f"{NDJSON}, {JSON}"},
        )
    return kind


def coding(headers: Mapping[str, str]) -> str:
    """Return `gzip`, `zstd` or `identity`, as the header Content-Encoding says. Raises Problem(415)."""
    given = headers.get("content-encoding", "")
    found = given.strip().lower() or "identity"
    found = "gzip" if found == "x-gzip" else found
    if found not in ("gzip", "zstd", "identity"):
        raise Problem(
            415,
            f"Content-Encoding {given[:80]!r} is not taken; send gzip, zstd, or none",
            {"accept-encoding": "gzip, zstd"},
        )
    return found


def too_large() -> Problem:
    """Return the problem of a body that is too large."""
    return Problem(413, f"a body has at most {MAX_ENTRY_BYTES} bytes, unpacked; hand in fewer ticks at once")


def unpack(body: bytes, packed: str) -> bytes:
    """Return a body without its coding. Unpacking stops at the bound.

    Raises Problem: 413 for what is larger, or in too many pieces, 400 for what cannot be unpacked.
    """
    if packed == "identity":
        if len(body) > MAX_ENTRY_BYTES:
            raise too_large()
        return body
    begin = _gzip if packed == "gzip" else _zstd
    try:
        return _unpacked(body, begin)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        raise Problem(400, f"the body is no {packed}: {error}") from None


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(31)


def _zstd() -> "zstd.ZstdDecompressor":
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG})


def _unpacked(body: bytes, begin: "Callable[[], zlib._Decompress | zstd.ZstdDecompressor]") -> bytes:
    found, rest, pieces = bytearray(), body, 0
    # Both codings allow several pieces, each packed by itself.
    while rest:
        if (pieces := pieces + 1) > MAX_PIECES:
            raise Problem(413, f"the body was packed in more than {MAX_PIECES} pieces; pack it as a whole")
        piece = begin()
        found += piece.decompress(rest, MAX_ENTRY_BYTES + 1 - len(found))
        if len(found) > MAX_ENTRY_BYTES:
            raise too_large()
        if not piece.eof:
            raise EOFError("it ends too early")
        rest = piece.unused_data
    return bytes(found)
