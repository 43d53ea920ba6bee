"""A symbol: what may stand for one, and which partition it belongs to."""

import re
import zlib

MAX_SYMBOL_LENGTH = 32
"""Characters in a symbol, at most."""

PATTERN = r"[A-Z0-9._/:-]{1,32}"
"""What a symbol looks like, upper-cased."""

_SYMBOL = re.compile(PATTERN)


class SymbolError(ValueError):
    """The text is no symbol; the message says what is allowed."""


def parse_symbol(text: str) -> str:
    """Return `text` as a symbol, upper-cased.

    Raises SymbolError.
    """
    symbol = text.upper()
    # upper() can lengthen a text or bring it into ASCII (ß, ſ): the original is what must be ASCII.
    if not text.isascii() or not _SYMBOL.fullmatch(symbol):
        raise SymbolError(f"not a symbol: {text[:40]!r}; allowed are 1 to 32 of A-Z 0-9 . _ / : -")
    return symbol


def partition_of(symbol: bytes, partitions: int) -> int:
    """Return the partition, 0 to `partitions` - 1, of an ASCII symbol.

    CRC-32 (IEEE 802.3): the same in every program, language and release.
    """
    return zlib.crc32(symbol) % partitions if partitions > 1 else 0
