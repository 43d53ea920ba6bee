"""The clocks of the machine that a delayer runs on."""

import sys
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

UNKNOWN = "-"
"""The start of a machine that does not tell its starts apart."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Reading(NamedTuple):
    """What the clocks showed at one moment."""

    wall: int
    """µs since 1970. It may be set."""
    boot: str
    """Which start of which machine `up` counts from; UNKNOWN tells nothing."""
    up: int
    """µs since that start, sleep included. It is never set."""


def read_host() -> Reading:
    """Return what the clocks show now."""
    if sys.platform == "linux":
        up = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    else:
        up = time.monotonic_ns()
    return Reading(time.time_ns() // 1000, _boot(), up // 1000)


@cache
def _boot() -> str:
    # The same in all containers of a machine.
    try:
        return _BOOT_ID.read_text("ascii").strip() or UNKNOWN
    except (OSError, ValueError):
        return UNKNOWN
