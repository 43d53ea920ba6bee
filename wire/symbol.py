"""A symbol: its valid characters, and its partition."""

import re
import zlib

MAX_SYMBOL_LENGTH = 32
"""Characters in a symbol, at most."""

PATTERN = r"[A-Z0-9._/:-]{1,32}"
"""Regular expression of an upper-case symbol."""

_SYMBOL = re.compile(PATTERN)


class SymbolError(ValueError):
    """The text is not a symbol. The message lists the valid characters."""


def parse_symbol(text: str) -> str:
    """Return `text` as an upper-case symbol. Raises SymbolError."""
    symbol = text.upper()
    # upper() turns some other letters into ASCII ones (ß, ſ), so check the text before it is upper-cased.
    if not text.isascii() or not _SYMBOL.fullmatch(symbol):
        raise SymbolError(f"not a symbol: {text[:40]!r}; allowed are 1 to 32 of A-Z 0-9 . _ / : -")
    return symbol


def partition_of(symbol: bytes, partitions: int) -> int:
    """Return the partition of an ASCII symbol, 0 to `partitions` - 1.

    It is the symbol's CRC-32 (IEEE 802.3) modulo `partitions`, in every program, language and release.
    """
    return zlib.crc32(symbol) % partitions if partitions > 1 else 0
