"""A symbol: its valid characters, its case, and its partition."""

import re
import zlib
from typing import Literal

MAX_SYMBOL_LENGTH = 64
"""Characters in a symbol, at most."""

INNER = r"[ !#-&()+\x2d-\x5b\x5d-\x5f\x61-\x7e]"
"""Regular expression of a character of a symbol: printable ASCII, but not * , \\ nor a quote.

A comma parts the symbols of a list, * ends a prefix, and a quote or \\ would have to be escaped in JSON.
"""

OUTER = INNER.replace("[ ", "[")
"""Regular expression of the first and the last character of a symbol: no space."""

PATTERN = rf"(?!\.\.?(?! *{OUTER})){OUTER}(?:{INNER}{{0,62}}{OUTER})?"
"""Regular expression of a symbol. `.` and `..` are none: in the path of a URL they stand for folders."""

PREFIX = rf"{OUTER}{INNER}{{0,63}}"
"""Regular expression of the beginning of a symbol."""

ALLOWED = (
    "1 to 64 printable ASCII characters but , * \\ and quotes, without a space at either end, and not . or .."
)
"""What a symbol is, in words."""

Case = Literal["upper", "keep"]
"""What a feed does with lower-case letters in symbols: makes them upper-case ones, or keeps them."""

_SYMBOL, _PREFIX = re.compile(PATTERN), re.compile(PREFIX)


class SymbolError(ValueError):
    """The text is not a symbol. The message says what a symbol is."""


def parse_symbol(text: str, case: Case = "keep") -> str:
    """Return `text` as a symbol of a feed with this case. Raises SymbolError."""
    if not _SYMBOL.fullmatch(text):
        raise SymbolError(f"not a symbol: {text[:40]!r}; allowed are {ALLOWED}")
    return fold(text, case)


def parse_prefix(text: str, case: Case = "keep") -> str:
    """Return `text` as the beginning of symbols of a feed with this case. Raises SymbolError."""
    if not _PREFIX.fullmatch(text):
        raise SymbolError(f"no symbol begins with {text[:40]!r}; allowed are {ALLOWED}")
    return fold(text, case)


def fold(symbol: str, case: Case) -> str:
    """Return an ASCII symbol as a feed with this case writes it."""
    return symbol.upper() if case == "upper" else symbol


def partition_of(symbol: bytes, partitions: int) -> int:
    """Return the partition of an ASCII symbol, 0 to `partitions` - 1.

    It is the CRC-32 (IEEE 802.3) of the symbol, in the feed's case, modulo `partitions`: in every program,
    language and release.
    """
    return zlib.crc32(symbol) % partitions if partitions > 1 else 0
