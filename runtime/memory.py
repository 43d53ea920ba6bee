"""Gives free memory back to the system: the C library keeps what lies between pieces that are in use."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

MUCH = 8 << 20
"""Bytes by which a process must have grown, or that clients must have left, before what is free goes back.

To look for it takes some ms.
"""

SOME = 1 << 20
"""Bytes that have to go back for another look to be worth it."""


class FreeMemory:
    """The free memory of this process."""

    def __init__(self) -> None:
        self._trim = _trim()
        self._resident = 0
        """Bytes that were resident when memory was given back last."""
        self._most = 0
        """Most bytes that clients have held since then."""
        self._again = False
        """Whether there may be more the next time, though the process has not grown since."""

    def note(self, held: int) -> None:
        """Remember how many bytes clients hold now; call it now and then."""
        self._most = max(self._most, held)

    def give_back(self, held: int = 0) -> None:
        """Give back what is free, if there may be much of it; nothing where the C library cannot do that.

        `held`: bytes that clients hold now. What they left lies free without that the process has grown.
        """
        if self._trim is None:
            return
        self.note(held)
        before = resident()
        has_more = self._most - held >= MUCH or before >= self._resident + MUCH
        if not (has_more or self._again):
            return
        self._trim(0)
        self._resident = resident()
        self._most = held
        # What requests have in use at this moment is free at the next look.
        self._again = has_more or before - self._resident >= SOME


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
