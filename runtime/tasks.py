"""Ending tasks."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait until they have ended, however they do."""
    left = set(tasks)
    while left:
        # Once may not do: redis-py sends within `wait_for`, which before Python 3.12 can swallow it.
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)
