"""An event loop in a thread of its own, for programs that have none."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Loop(asyncio.SelectorEventLoop):
    """Resolves names in its own thread: at the end of a program no other can be started."""

    async def getaddrinfo(self, *args: Any, **options: Any) -> Any:
        return socket.getaddrinfo(*args, **options)


class LoopThread:
    """Runs until it is stopped."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = _Loop()
        # A daemon, so that it does not keep the program from ending.
        self._thread = threading.Thread(target=self.loop.run_forever, name="tickcast", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `work` returns in the thread; an interrupt here cancels it."""
        result = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return result.result()
        except BaseException:
            result.cancel()
            raise

    def stop(self) -> None:
        """End the thread; nothing may run in it any more."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
