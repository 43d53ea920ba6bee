"""The processes of a world: each is started, signalled and ended by its own id, and by nothing else."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CLI = "tickcast.cli.main"
"""The module that is the command line of Tickcast."""

END = 15.0
"""Seconds after SIGTERM in which a process has to end; then it is killed."""


def tickcast(*arguments: str) -> list[str]:
    """Return the command line of one of Tickcast's programs."""
    return [sys.executable, "-m", CLI, *arguments]


class Process:
    """One process that can be started again."""

    def __init__(
        self, name: str, command: list[str], log: Path, settings: Mapping[str, object] | None = None
    ) -> None:
        """`settings` become TICKCAST_* variables; those of the caller's shell do not reach it."""
        self.name = name
        self.starts = 0
        self._command, self._log = command, log
        self._popen: subprocess.Popen[bytes] | None = None
        own = ("TICKCAST_", "REDIS_")
        self._environment = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        self._environment |= {
            f"TICKCAST_{key.upper()}": str(value) for key, value in (settings or {}).items()
        }

    @property
    def runs(self) -> bool:
        """Tell whether it runs; one that is stopped (SIGSTOP) does."""
        return self._popen is not None and self._popen.poll() is None

    def start(self, stdin: int | None = None) -> None:
        """Start it, unless it runs."""
        if self.runs:
            return
        self.starts += 1
        with self._log.open("ab") as output:
            self._popen = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(number)

    async def kill(self) -> None:
        """End it at once."""
        self.signal(signal.SIGKILL)
        await self._ended()

    async def end(self) -> None:
        """Ask it to end, and kill it if it does not."""
        # A stopped process would keep SIGTERM waiting.
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END):
                await self._ended()
        except TimeoutError:
            await self.kill()

    async def _ended(self) -> None:
        while self.runs:  # noqa: ASYNC110 - a process announces its end to a signal handler alone
            await asyncio.sleep(0.02)

    def output(self, lines: int = 20) -> str:
        """Return the end of what it has printed."""
        text = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])
