"""Gives free memory back to the system: the C library keeps what lies between pieces that are in use."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

GROWN = 8 << 20
"""Bytes of free memory, beyond what cannot be given back, from which on it is: that takes some ms."""


class _MallInfo(ctypes.Structure):
    """What glibc's `mallinfo2` returns, in bytes and counts."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


class FreeMemory:
    """The free memory of this process."""

    def __init__(self) -> None:
        self._trim = _trim()
        self._used = _used()
        self._left: int | None = None
        """Bytes that are resident and cannot be given back: code, blocks of Python."""

    def give_back(self) -> None:
        """Give back what is free, if there may be much of it; nothing where the C library cannot do that."""
        if self._trim is None:
            return
        idle = self._idle()
        if self._left is None or idle >= self._left + GROWN:
            self._trim(0)
            self._left = self._idle()
        self._left = min(self._left, idle)

    def _idle(self) -> int:
        return resident() - self._used()


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


def _used() -> Callable[[], int]:
    """Return a function that returns the bytes in use by the C library; 0 with glibc before 2.33."""
    try:
        look = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError):
        return lambda: 0
    look.restype = _MallInfo

    def used() -> int:
        found = look()
        return int(found.uordblks) + int(found.hblkhd)

    return used
