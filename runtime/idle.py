"""How long an event loop has had nothing to do: a measure that holds where CPU is scarce.

By its CPU time, a process that is kept off the CPU looks idle when it is at its limit. Two other figures are
closer, and each errs on one side only, so the lesser holds:

- The waits in the selector. They include the time from an event until the process gets the CPU.
- The time in which the process neither had the CPU nor waited for it, by Linux's `schedstat`. It may include
  time in which the process is stopped, such as by a limit of its container.
"""

import asyncio
import os
import selectors
import time

SCHEDSTAT = "/proc/self/schedstat"
"""Nanoseconds in which the main thread had the CPU, and in which it waited for it; absent on some systems."""

ROUNDING = 0.001
"""Seconds by which a wait may be longer than was asked: epoll waits for whole ms."""


class IdleSelector(selectors.DefaultSelector):
    """A selector that measures how idle its loop is. It is for the loop of the main thread."""

    def __init__(self) -> None:
        super().__init__()
        self._waited = 0.0
        self._idle = 0.0
        try:
            self._schedstat = os.open(SCHEDSTAT, os.O_RDONLY)
        except OSError:
            self._schedstat = -1
        self._read = self._figures()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, and measure the wait; see `selectors.BaseSelector.select`."""
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        began = time.monotonic()
        found = super().select(timeout)
        took = time.monotonic() - began
        # A wait that ends late is a wait for the CPU in the end.
        self._waited += took if timeout is None else min(took, timeout + ROUNDING)
        return found

    def seconds(self) -> float:
        """Return how many seconds the loop has been idle so far; it reads a small file each time."""
        before, self._read = self._read, self._figures()
        self._idle += max(0.0, min(now - then for now, then in zip(self._read, before, strict=True)))
        return self._idle

    def _figures(self) -> tuple[float, float]:
        if self._schedstat < 0:
            return self._waited, self._waited
        wanted = sum(map(int, os.pread(self._schedstat, 100, 0).split()[:2])) / 1e9
        return self._waited, time.monotonic() - wanted

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return a new event loop that waits in this selector."""
        return asyncio.SelectorEventLoop(self)

    def close(self) -> None:
        """Close the selector; the loop calls it."""
        super().close()
        if self._schedstat >= 0:
            os.close(self._schedstat)
            self._schedstat = -1


def unused_cpu() -> float:
    """Return the seconds in which this process used no CPU, plus a constant.

    For a loop without an IdleSelector. A process that is kept off the CPU looks idle.
    """
    return time.monotonic() - time.process_time()
