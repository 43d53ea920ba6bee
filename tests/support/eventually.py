"""Waiting for a condition that announces itself by no event."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PAUSE = 0.02
"""Seconds between two looks."""

TIMEOUT = 60.0
"""Seconds after which nothing will come any more, however busy the machine is."""


async def eventually(condition: Callable[[], Any], timeout: float = TIMEOUT) -> Any:
    """Return the first true value of `condition`, plain or async, asked again for `timeout` seconds.

    An AssertionError of the condition counts as "not yet", and is raised when time is up.
    """
    deadline = time.monotonic() + timeout
    while True:
        late = time.monotonic() > deadline
        try:
            value = condition()
            if inspect.isawaitable(value):
                value = await value
        except AssertionError:
            if late:
                raise
        else:
            if value or late:
                return _true(value, condition, timeout)
        await asyncio.sleep(PAUSE)


def wait_until(condition: Callable[[], Any], timeout: float = TIMEOUT) -> Any:
    """Do what `eventually` does, blocking, for a plain condition where no event loop runs."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return _true(value, condition, timeout)


def _true(value: Any, condition: Callable[[], Any], timeout: float) -> Any:
    if not value:
        try:
            source = inspect.getsource(condition).strip()
        except (OSError, TypeError):
            source = repr(condition)
        raise AssertionError(f"not true within {timeout:g} s, last {value!r}: {source}")
    return value
