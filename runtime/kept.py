"""What is costly to make, and may be a moment old: kept ten times as long as it took to make."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

TIMES = 10
"""So at most a tenth of the time is spent on making it, however many ask."""

MOST = 1.0
"""Seconds that it is kept at most."""


class Kept(Generic[T]):
    """One such value."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._value: T | None = None
        self._until = 0.0
        self._making = asyncio.Lock()

    async def get(
        self, make: Callable[[], Awaitable[T]], is_good: Callable[[T], bool] = lambda value: True
    ) -> T:
        """Return the value that is kept, if there is one and it `is_good`; else one that `make` returns.

        Who asks while it is made gets the same one.
        """
        async with self._making:
            now = self._clock()
            if self._value is not None and now < self._until and is_good(self._value):
                return self._value
            self._value = value = await make()
            made = self._clock()
            self._until = made + min(MOST, TIMES * (made - now))
            return value
