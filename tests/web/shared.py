"""What tests of the page share in one process: it takes longer to start than most of them (conftest.py)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Shared:
    """Things that are entered once, when the first test asks for them, and left at the end."""

    def __init__(self) -> None:
        self._exits: dict[str, AsyncExitStack] = {}
        self._held: dict[str, Any] = {}

    async def once(
        self,
        name: str,
        make: Callable[[], AbstractAsyncContextManager[T]],
        is_good: Callable[[T], bool] = lambda _: True,
    ) -> T:
        """Return what `make` has made for this name; it makes another one if that is not good any more."""
        held: T | None = self._held.get(name)
        if held is None or not is_good(held):
            exits = self._exits.setdefault(name, AsyncExitStack())
            held = self._held[name] = await exits.enter_async_context(make())
        return held

    async def leave(self, name: str) -> None:
        """End what has been made for a name."""
        self._held.pop(name, None)
        if (exits := self._exits.pop(name, None)) is not None:
            await exits.aclose()

    async def leave_all(self) -> None:
        """End everything."""
        for name in [*self._exits]:
            await self.leave(name)


_by_loop: dict[asyncio.AbstractEventLoop, Shared] = {}


def shared_here() -> Shared | None:
    """Return what tests share in this event loop; None: each has its own."""
    return _by_loop.get(asyncio.get_running_loop())


@asynccontextmanager
async def sharing() -> AsyncIterator[Shared]:
    """Let everything in this event loop be shared, until the end of the block."""
    loop = asyncio.get_running_loop()
    shared = _by_loop[loop] = Shared()
    try:
        yield shared
    finally:
        del _by_loop[loop]
        await shared.leave_all()
