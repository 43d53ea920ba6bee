"""Whose turn it is: long work is done one after the other, and the addresses that wait for it have turns."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Lets one at a time go on. However much one address asks for, others wait for one piece of it."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Those who wait, by address, the next one first; none is empty."""

    @asynccontextmanager
    async def turn(self, whose: str) -> AsyncIterator[None]:
        """Wait for a turn of an address; the next one has its turn when the block ends."""
        if self._is_taken:
            await self._wait(whose)
        self._is_taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, whose: str) -> None:
        own: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(own)
        try:
            await own
        except asyncio.CancelledError:
            if not own.cancelled():
                # It got its turn in the moment in which its client left.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            whose, held = self._waiting.popitem(last=False)
            following = held.popleft()
            if held:
                self._waiting[whose] = held
            if not following.done():
                following.set_result(None)
                return
        self._is_taken = False
