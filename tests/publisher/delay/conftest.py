"""Delayers that end with their test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.publisher.delay.late import Delaying


@pytest.fixture
async def delaying() -> AsyncIterator[Callable[..., Delaying]]:
    """Return a function that starts a delayer; it is ended after the test."""
    started: list[Delaying] = []

    def start(url: str, *shape: int, **settings: Any) -> Delaying:
        started.append(Delaying(url, *shape, **settings))
        return started[-1]

    yield start
    await asyncio.gather(*(each.end() for each in started), return_exceptions=True)
