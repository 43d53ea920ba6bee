"""Ending tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until all have ended, whether by cancellation, result or error."""
    left = set(tasks)
    while left:
        # One cancel may not be enough: redis-py sends inside `wait_for`, which before 3.12 can swallow it.
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)
