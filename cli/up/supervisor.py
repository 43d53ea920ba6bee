"""The supervisor: keeps children running, and ends them in order and in bounded time."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from tickcast.cli.up.child import Child
from tickcast.cli.up.restart_policy import RestartPolicy, cause
from tickcast.runtime.errors import UserError

_AFTER_KILL = 1.0
_NOT_STARTED = 126
"""The exit code that shells give to a program that cannot be started."""

_PROGRAM = re.compile(r"^tickcast(?: [a-z]+)?: ")
"""The beginning of a program's error line; the supervisor's own line names the program already."""


class Supervisor:
    """Starts children, restarts them when they die, stops them."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` is called with a line for each death."""
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with UserError when a child refuses its settings at its first start."""
        self.is_starting = True
        """Set to False when all children are up."""
        self._say = say
        self._stopping = asyncio.Event()
        self._keepers: dict[Child, asyncio.Task[None]] = {}

    def start(self, child: Child) -> None:
        """Start a child and keep it running."""
        self._keepers[child] = asyncio.create_task(self._keep(child))

    async def _keep(self, child: Child) -> None:
        restarts = RestartPolicy()
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = await self._run(child)
            if self._stopping.is_set():
                return
            if code == 0 and child.may_end:
                self._say(f"{child.name} has ended; its last prices stay")
                return
            delay = restarts.delay_after(code, time.monotonic() - begun, self.is_starting)
            if delay is None:
                self._give_up(child, code)
                return
            if restarts.stays_up:
                self._say(f"{child.name} died ({cause(code)}); starting it again")
            else:
                self._say(f"{_epitaph(child, code)}; the rest goes on, next start in {delay:.0f} s")
            await self._sleep(delay)

    async def _run(self, child: Child) -> int:
        try:
            return await child.run()
        except OSError as error:
            # This machine has no process or no file descriptor left now.
            child.last_lines.append(f"cannot be started: {error}")
            return _NOT_STARTED

    def _give_up(self, child: Child, code: int) -> None:
        if not self.failed.done():
            self.failed.set_exception(UserError(_epitaph(child, code)))

    async def _sleep(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def stop(self, order: Sequence[Sequence[Child]]) -> None:
        """End the children, one group after the other; the children of a group end at the same time."""
        self._stopping.set()
        for group in order:
            await asyncio.gather(*(self._end(child) for child in group if child in self._keepers))

    def kill(self) -> None:
        """Kill all children at once."""
        self._stopping.set()
        for child in self._keepers:
            child.kill()

    async def _end(self, child: Child) -> None:
        keeper = self._keepers[child]
        # A child that is just starting has no process to signal yet.
        while not keeper.done() and not child.terminate():
            await asyncio.wait({keeper}, timeout=0.02)
        await asyncio.wait({keeper}, timeout=child.grace)
        child.kill()
        await asyncio.wait({keeper}, timeout=_AFTER_KILL)


def _epitaph(child: Child, code: int) -> str:
    said = child.last_lines[-1] if child.last_lines else "it said nothing"
    return f"{child.name} does not stay up ({cause(code)}): {_PROGRAM.sub('', said)}"
