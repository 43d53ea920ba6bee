"""What `tickcast.follow` yields, taken as a test expects it."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from tickcast.client.events import Status
from tickcast.client.follow import Follow

PATIENCE = 40.0
"""Seconds in which what is expected has to come, however busy the machine is."""

T = TypeVar("T")


async def take(prices: Follow[Any], count: int, *, status: bool = False) -> list[Any]:
    """Return the next events, without each Status unless they are wanted."""
    return await until(prices, lambda found: len(found) == count, status=status)


async def until(
    prices: Follow[Any], wanted: Callable[[list[Any]], bool], *, status: bool = False
) -> list[Any]:
    """Return events until they are what is wanted, without each Status unless they are."""
    found: list[Any] = []
    async with asyncio.timeout(PATIENCE):
        while not wanted(found):
            event = await anext(prices)
            if status or not isinstance(event, Status):
                found.append(event)
    return found


def places(events: list[Any]) -> list[tuple[str, int]]:
    """Return symbol and `q` of ticks."""
    return [(event.symbol, event.q) for event in events]
