"""A running `tickcast up`, as a user has it."""

import signal
import subprocess
from pathlib import Path
from typing import IO

import psutil

from tests.cli.program import COMMAND, clean_environment


class Up:
    """A running `tickcast up`."""

    def __init__(
        self,
        *arguments: str,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        program: list[str] = COMMAND,
        cwd: Path | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [*program, "up", "--port", "0", *arguments],
            cwd=cwd,
            env=clean_environment(),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.page = self.line_with("Tickcast is up:").split()[-1]
        self.line_with("Ctrl-C")
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    def line_with(self, words: str) -> str:
        """Read on until a line holds `words`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if words in line:
                return self.lines[-1]
        raise AssertionError(f"no line with {words!r}: {self.lines}")

    def child(self, words: str) -> psutil.Process:
        """Return the child whose command line holds `words`."""
        return next(child for child in self.children if words in " ".join(child.cmdline()))

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def close(self) -> None:
        """End it, if it still runs."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def all_gone(self) -> bool:
        """Tell whether no child runs any more."""
        return not any(map(runs, self.children))


def runs(process: psutil.Process) -> bool:
    # Where nobody reaps orphans at once, a dead one stays as a zombie for a while.
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
