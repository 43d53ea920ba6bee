"""Time slices: long work is done in pieces, so that accepts, heartbeats and frames run in between."""

import asyncio
import time
from types import TracebackType
from typing import Self

SLICE = 0.005
"""Seconds of work without a pause. A step that has begun is finished; the largest batch takes as long."""


SHORT = 0.002
"""The same for what few clients ask for and all others wait for: a tick comes through several slices."""


def slice_end() -> float:
    """Return when a slice that begins now ends, in s by `time.monotonic`, which is the loop's clock too."""
    return time.monotonic() + SLICE


def short_slice_end() -> float:
    """Return when a SHORT slice that begins now ends."""
    return time.monotonic() + SHORT


class Slices:
    """Time slices shared by several workers.

    A context manager: only one worker is inside at a time, or their slices would add up.
    """

    def __init__(self) -> None:
        self._working = asyncio.Lock()
        self._until = 0.0

    async def __aenter__(self) -> Self:
        await self._working.acquire()
        self._until = slice_end()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._working.release()

    async def step(self) -> None:
        """Let the event loop run other work if the slice is over; call it after each step of the work."""
        if time.monotonic() >= self._until:
            await asyncio.sleep(0)
            self._until = slice_end()
