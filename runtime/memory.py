"""Gives free memory back to the system: the C library keeps what lies between pieces that are in use."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

GROWN = 8 << 20
"""Bytes by which a process must have grown before it looks for what is free: that takes some ms."""


class FreeMemory:
    """The free memory of this process."""

    def __init__(self) -> None:
        self._trim = _trim()
        self._resident = 0
        """Bytes that were resident when memory was given back last."""

    def give_back(self) -> None:
        """Give back what is free, if there may be much of it; nothing where the C library cannot do that."""
        if self._trim is None or resident() < self._resident + GROWN:
            return
        self._trim(0)
        self._resident = resident()


def resident() -> int:
    """Return how many bytes of this process are resident, on Linux."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _trim() -> Callable[[int], int] | None:
    """Return `malloc_trim` of glibc; None with another C library."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return None
    return trim
