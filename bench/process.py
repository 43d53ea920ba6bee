"""A process of the bench: it runs on a leash, its output is kept, its CPU and memory are measured."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tickcast.runtime.errors import UserError
from tickcast.runtime.leash import leashed

STOP_TIMEOUT = 15.0
"""Seconds that a process has to end after SIGTERM, before SIGKILL."""


class Process:
    """A program with its children. A context manager that ends them."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        cores: Collection[int] | None = None,
    ) -> None:
        """Start the program; its output goes to `log`, and it may use `cores` only."""
        self.name = name
        self._log = log
        # Settings in the user's shell must not change the measurement.
        base = {key: text for key, text in os.environ.items() if not key.startswith(("TICKCAST_", "REDIS_"))}
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                leashed(argv),
                env={**base, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        if cores:
            os.sched_setaffinity(self._process.pid, cores)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the program, by SIGTERM or, if that takes too long, SIGKILL; harmless if it has ended."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self._process.send_signal(number)

    def check(self) -> None:
        """Raise UserError if the program has ended."""
        code = self._process.poll()
        if code is not None:
            raise UserError(f"{self.name} ended with code {code}; its last words:\n{self.last_words()}")

    def last_words(self) -> str:
        """Return the last lines of output."""
        return "\n".join(self.output().splitlines()[-15:])

    def output(self) -> str:
        """Return the output so far."""
        return self._log.read_text("utf-8", "replace")

    def cpu(self) -> float:
        """Return the CPU seconds, user and system, of the program and its children."""
        return sum(sum(each.cpu_times()[:2]) for each in self._family())

    def memory(self) -> int:
        """Return the unshared bytes (USS) of the program and its children."""
        return sum(int(each.memory_full_info().uss) for each in self._family())

    def resident(self) -> int:
        """Return the resident bytes (RSS) of the program and its children; cheap to call."""
        return sum(int(each.memory_info().rss) for each in self._family())

    def _family(self) -> list[psutil.Process]:
        first = psutil.Process(self.pid)
        with suppress(psutil.NoSuchProcess):
            return [first, *first.children(recursive=True)]
        return [first]


def wait_for(
    condition: Callable[[], object], what: str, timeout: float = 30.0, processes: Sequence[Process] = ()
) -> None:
    """Wait until `condition()` is true; check it every 20 ms.

    Raises UserError after `timeout` seconds, or if one of `processes` has ended.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        for process in processes:
            process.check()
        if time.monotonic() > deadline:
            raise UserError(f"{what}: not within {timeout:g} s")
        time.sleep(0.02)
