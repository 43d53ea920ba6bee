"""Runs an app of `apps.py` by a server that people use, in a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.support.eventually import eventually
from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]

SERVERS: dict[str, list[str]] = {
    "uvicorn": ["-m", "uvicorn", "--factory", "--port", "{port}"],
    "uvicorn-h11": ["-m", "uvicorn", "--factory", "--http", "h11", "--port", "{port}"],
    "granian": ["-m", "granian", "--factory", "--interface", "asgi", "--port", "{port}"],
    "hypercorn": ["-m", "hypercorn", "--bind", "127.0.0.1:{port}"],
}
"""Arguments of Python for each way to run an app; the app's name follows."""


class Served:
    """A server process, and what it has written."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text("utf-8", "replace")

    async def inside(self) -> Any:
        """Return what the app says of the gateway in it."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.url}/inside")).json()

    async def is_ready(self) -> bool:
        """Tell whether prices are there."""
        with suppress(httpx.HTTPError, OSError):
            return bool((await self.inside())["ready"])
        return False

    def terminate(self, group: bool = False) -> None:
        """Send the signal by which servers are stopped, to all its processes if it is a `group`."""
        if group:
            os.killpg(self.process.pid, signal.SIGTERM)
        else:
            self.process.send_signal(signal.SIGTERM)


@asynccontextmanager
async def served(
    server: str,
    app: str,
    folder: Path,
    redis_url: str,
    *more: str,
    module: str = "tests.gateway.mounted.apps",
) -> AsyncIterator[Served]:
    """Run an app of a module until prices are there; kill what is left of it at the end."""
    port, log = free_port(), folder / "log"
    arguments = [word.format(port=port) for word in SERVERS[server]]
    name = f"{module}:{app}"
    # hypercorn calls no factory, but takes an expression.
    name = f"{name}()" if server == "hypercorn" else name
    environment = {**os.environ, "TICKCAST_REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)} | {
        "TICKCAST_TEST_LOG": "1"
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, *more, name, cwd=ROOT, env=environment, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
        running = Served(process, port, log)
        try:
            await eventually(running.is_ready)
            yield running
        finally:
            # Its workers too: they are of a session of its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
