"""Tickcast's own programs as real processes, configured by environment variables as in production."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from tests.support.eventually import eventually
from tests.support.ports import free_port

STOP_SECONDS = 60
"""A program that has not ended this long after SIGTERM is killed, and its test fails."""


class Program:
    """A running program; everything that it prints goes to one log."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        environment: dict[str, str],
        log: Path,
        open_files: int | None = None,
    ) -> None:
        self.url = ""
        """Where its HTTP answers; empty if it has none."""
        self._log = log
        limited = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh"] if open_files else []
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*limited, sys.executable, "-m", "tickcast.cli.main", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def output(self) -> str:
        """Return what it has printed so far."""
        return self._log.read_text("utf-8", "replace")

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        self.process.send_signal(number)

    async def ended(self, timeout: float = STOP_SECONDS) -> int:
        """Wait until it has ended; return its exit code, -N if signal N ended it."""
        await eventually(lambda: self.process.poll() is not None, timeout)
        return int(self.process.returncode)

    async def stop(self) -> int:
        """Ask it to end by SIGTERM, and return its exit code."""
        self.signal(signal.SIGTERM)
        return await self.ended()

    async def ready(self) -> bool:
        """Tell whether /readyz answers 200. Raises RuntimeError if the program has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f"ended with {self.process.returncode} before it was ready")
        try:
            async with httpx2.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.url}/readyz", timeout=5)).status_code == 200
        except httpx2.TransportError:
            return False


@asynccontextmanager
async def running(*arguments: str, **settings: Any) -> AsyncIterator[Program]:
    """Run `tickcast ARGUMENTS` with settings as TICKCAST_* variables, and end it at the end.

    `open_files`, which is no setting, is the most files that it may have open. Nor is `allocator`: what
    Python takes memory by (PYTHONMALLOC); "malloc", as in the image of a gateway, gives it back.

    What it printed is added to whatever exception leaves the block.
    """
    # A setting of the developer's own shell must not reach the program.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("TICKCAST_", "REDIS_"))
    }
    open_files = settings.pop("open_files", None)
    if allocator := settings.pop("allocator", None):
        environment["PYTHONMALLOC"] = allocator
    environment |= {f"TICKCAST_{name.upper()}": str(value) for name, value in settings.items()}
    with TemporaryDirectory(prefix="tickcast-") as directory:
        program = Program(arguments, environment, Path(directory) / "log", open_files)
        try:
            yield program
            await _end(program)
        except BaseException as error:
            error.add_note(f"--- tickcast {' '.join(arguments)} printed:\n{program.output()}")
            raise
        finally:
            if program.process.poll() is None:
                program.process.kill()
            await asyncio.to_thread(program.process.wait)


async def _end(program: Program) -> None:
    # A stopped process would keep SIGTERM waiting.
    program.signal(signal.SIGCONT)
    program.signal(signal.SIGTERM)
    await program.ended()


@asynccontextmanager
async def running_gateway(redis_url: str, **settings: Any) -> AsyncIterator[Program]:
    """Run a gateway on a free port, or on `port`, and wait until it is ready."""
    port = settings.pop("port", None) or free_port()
    async with running("gateway", redis_url=redis_url, port=port, **settings) as gateway:
        gateway.url = f"http://127.0.0.1:{port}"
        await eventually(gateway.ready)
        yield gateway


@asynccontextmanager
async def running_publisher(redis_url: str, **settings: Any) -> AsyncIterator[Program]:
    """Run a publisher; it may lead or stand by, and nothing is awaited."""
    async with running("publisher", redis_url=redis_url, **settings) as publisher:
        yield publisher
