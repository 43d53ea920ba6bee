"""The faults: each does one thing to a world, for a while, and ends it. FAULTS holds them by name."""

from tests.faults.referee.faults import (  # noqa: F401 - each module enters its faults into FAULTS
    clocks,
    crowds,
    histories,
    keys,
    limits,
    lines,
    pairs,
    processes,
    redis,
    rights,
)
from tests.faults.referee.faults.registry import FAULTS, Fault

__all__ = ["FAULTS", "Fault"]
