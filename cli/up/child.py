"""A child process: it runs on a leash, its output is read line by line, and it ends in bounded time."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from tickcast.runtime.leash import leashed

_MAX_LINE = 8192
_KEPT_LINES = 20


class Child:
    """A program that `up` runs; `run` may be called again after the program has ended."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        on_line: Callable[[str, str], None],
        *,
        grace: float = 1.0,
        inherits_stdin: bool = False,
        may_end: bool = False,
    ) -> None:
        """Take the command line; `on_line(name, line)` is called for each line of output.

        `grace` is the time from SIGTERM to SIGKILL, in s; `may_end` means that an end with code 0 is no
        fault.
        """
        self.name = name
        self.grace = grace
        self.may_end = may_end
        self.last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        """The newest lines of output, over all runs."""
        self._argv = list(argv)
        self._on_line = on_line
        self._stdin = None if inherits_stdin else asyncio.subprocess.DEVNULL
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id, None while no process runs."""
        return None if self._process is None else self._process.pid

    async def run(self) -> int:
        """Run the program to its end. Return its exit code, negative for a signal."""
        self._process = await asyncio.create_subprocess_exec(
            *leashed(self._argv),
            stdin=self._stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # A terminal sends Ctrl-C to its whole process group; `up` ends the children itself, in order.
            process_group=0,
        )
        try:
            await self._read_lines(self._process)
            return await self._process.wait()
        finally:
            self._process = None

    async def _read_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.read(65536):
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) > _MAX_LINE:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._take(line)
        if rest:
            self._take(rest)

    def _take(self, line: bytes) -> None:
        text = line[:_MAX_LINE].decode(errors="replace").rstrip()
        if text:
            self.last_lines.append(text)
            self._on_line(self.name, text)

    def terminate(self) -> bool:
        """Send SIGTERM. Return False if no process runs."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.terminate()
        return True

    def kill(self) -> None:
        """Send SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
