"""Starts the programs of a run, and breaks them: each by its own id, and by nothing else."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

CLI = "tickcast.cli.main"
"""The module that is the command line of Tickcast."""

WRONG_CLOCK = Path(__file__).with_name("wrong_clock.py")

END = 15.0
"""Seconds after SIGTERM in which a process has to end; then it is killed."""


def tickcast(*arguments: str, clock: Path | None = None) -> list[str]:
    """Return the command line of one of Tickcast's programs, which may have a wrong clock (clock.py)."""
    start = [sys.executable, "-m", CLI] if clock is None else [sys.executable, str(WRONG_CLOCK), str(clock)]
    return [*start, *arguments]


class Process:
    """One process that can be started again."""

    def __init__(
        self,
        name: str,
        command: list[str],
        log: Path,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` become TICKCAST_* variables; those of the caller's shell do not reach it."""
        self.name = name
        self.pids: list[int] = []
        """Of every start."""
        self.started_at = 0.0
        """The last start, s, on the monotonic clock."""
        self._command, self._log = command, log
        self._popen: subprocess.Popen[bytes] | None = None
        self._asked = False
        own = ("TICKCAST_", "REDIS_")
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        self._environment |= {
            f"TICKCAST_{key.upper()}": str(value) for key, value in (settings or {}).items()
        }
        self._environment |= environment or {}

    @property
    def runs(self) -> bool:
        """Tell whether it runs; one that is stopped (SIGSTOP) does."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def pid(self) -> int:
        """Its process id; 0 if it was never started."""
        return 0 if self._popen is None else self._popen.pid

    def ended_itself(self) -> str:
        """Return, once, with which code it has ended though nobody asked it to; empty otherwise."""
        if self._popen is None or self._asked or self._popen.poll() is None:
            return ""
        self._asked = True
        return f"ended by itself with code {self._popen.returncode}"

    def start(self, stdin: int | None = None, files: int | None = None) -> None:
        """Start it, unless it runs; `files` limits how many it may open."""
        if self.runs:
            return
        self._asked, self.started_at = False, time.monotonic()
        limit = None if files is None else partial(resource.setrlimit, resource.RLIMIT_NOFILE, (files, files))
        with self._log.open("ab") as output:
            self._popen = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=limit,
            )
        self.pids.append(self._popen.pid)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(number)

    async def kill(self) -> None:
        """End it at once."""
        self._asked = True
        self.signal(signal.SIGKILL)
        await self.ended()

    async def end(self) -> None:
        """Ask it to end, and kill it if it does not."""
        self._asked = True
        # A stopped process would keep SIGTERM waiting.
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END):
                await self.ended()
        except TimeoutError:
            await self.kill()

    async def ended(self) -> None:
        """Wait until it has ended."""
        while self.runs:  # noqa: ASYNC110 - a process announces its end to a signal handler alone
            await asyncio.sleep(0.02)

    def output(self, lines: int = 40) -> str:
        """Return the end of what it has printed."""
        text = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
