"""Time slices: long work in pieces, so that accepts, heartbeats and frames get their turn between them."""

import asyncio
import time
from types import TracebackType
from typing import Self

SLICE = 0.005
"""Seconds of work in one go. A step that has begun is finished, and the largest batch takes as long."""


def slice_end() -> float:
    """Return when a slice that begins now is used up, by `time.monotonic`, which is the loop's clock too."""
    return time.monotonic() + SLICE


class Slices:
    """Slices that workers share. A context manager: one works at a time, or slices would add up."""

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
        """Let everything else have its turn if the slice is over; call it after each step of the work."""
        if time.monotonic() >= self._until:
            await asyncio.sleep(0)
            self._until = slice_end()
