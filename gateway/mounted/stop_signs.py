"""When the server of an app stops, for the servers that give a sign while its streams can still hear of it.

By the standard (ASGI) there is none: a server ends an app's lifespan only when its connections have ended,
and streams do not end. So each server that people use is looked for in the frames that wait for the app to
start, and is followed by what it has. docs/inside_an_app.md has the table, each row of which is tested.
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any

LOOK = 0.1
"""Seconds between two looks at what announces itself by no event."""

SPARE = 0.5
"""Seconds that hypercorn keeps of its `graceful_timeout` for itself."""

Drain = Callable[[float | None], Coroutine[Any, Any, None]]
"""Ends all streams, within so many seconds if the server gives no more."""


class StopSigns:
    """Follows the server that runs this process, from the start of its app on."""

    def __init__(self, drain: Drain) -> None:
        """Call `drain` when the server begins to stop, and have the server wait for it."""
        self._drain = drain
        self._tasks: set[asyncio.Task[None]] = set()
        self.server: str | None = None
        """Name of the server; None: it gives no sign, so streams end with the lifespan."""

    def follow(self) -> None:
        """Look for the server; call it while the app starts."""
        for frame in _frames():
            found, module = frame.f_locals, frame.f_globals.get("__name__", "")
            if _is_uvicorn(server := found.get("self")):
                self.server = "uvicorn"
                self._follow_uvicorn(server)
            elif module == "granian.server.mp" and hasattr(event := found.get("shutdown_event"), "set"):
                self.server = "granian"
                self._follow_granian(event)
            elif module == "hypercorn.asyncio.run" and frame.f_code.co_name == "worker_serve":
                self.server = "hypercorn"
                self._begin(self._follow_hypercorn(frame))
            if self.server is not None:
                return

    def forget(self) -> None:
        """Follow it no longer: the app has ended."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _follow_uvicorn(self, server: Any) -> None:
        """Put the drain before uvicorn's own shutdown, as `gateway/server.py` does: it listens meanwhile."""
        stop = server.shutdown

        async def shutdown(*args: Any, **kwargs: Any) -> None:
            draining = self._begin(self._drain(None))
            while not draining.done() and not server.force_exit:
                await asyncio.wait([draining], timeout=LOOK)
            await stop(*args, **kwargs)

        server.shutdown = shutdown

    def _follow_granian(self, event: Any) -> None:
        """Take the place of its handler of signals, which stops at once."""

        async def stop() -> None:
            await self._drain(None)
            event.set()

        def handle() -> None:
            # A worker may get several: of the main process, of a terminal, of what stops the whole group.
            if not self._tasks:
                self._begin(stop())

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, handle)

    async def _follow_hypercorn(self, worker: FrameType) -> None:
        """Wait for its event, and drain in the time that it then gives its connections."""
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            # A worker process that is told itself, as all of a service are, would die at once.
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, lambda: self._begin(_stop_hypercorn(worker)))
        context = await _context_of(worker)
        await context.terminated.wait()
        await self._drain(max(0.0, worker.f_locals["config"].graceful_timeout - SPARE))


async def _stop_hypercorn(worker: FrameType) -> None:
    await (await _context_of(worker)).terminate.set()


async def _context_of(worker: FrameType) -> Any:
    # It is made when the app has started, which nothing tells.
    while (context := worker.f_locals.get("context")) is None:  # noqa: ASYNC110
        await asyncio.sleep(LOOK)
    return context


def _frames() -> Iterator[FrameType]:
    """Yield the frames of all that waits in this event loop, and of what runs it."""
    for task in asyncio.all_tasks():
        waiting: Any = task.get_coro()
        while waiting is not None:
            if (frame := getattr(waiting, "cr_frame", None)) is not None:
                yield frame
            waiting = getattr(waiting, "cr_await", None)
    outer: FrameType | None = sys._getframe()
    while outer is not None:
        yield outer
        outer = outer.f_back


def _is_uvicorn(server: object) -> bool:
    # A server that runs has been imported by somebody else.
    module = sys.modules.get("uvicorn.server")
    return module is not None and isinstance(server, module.Server)
