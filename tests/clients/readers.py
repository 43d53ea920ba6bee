"""The clients of the matrix as processes: built, run against an address, and judged by what they print."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.clients.build import command_of
from tests.clients.judge import Judge, parse_line
from tests.clients.matrix import Client
from tests.support.eventually import eventually

STARTING = 3
"""Clients that start at once, at most."""

START_SECONDS = 20
"""Seconds after which a client will not begin any more."""


Wrong = dict[str, list[str]]
"""What was wrong, by client."""


class Reader:
    """A running client."""

    def __init__(self, client: Client, process: asyncio.subprocess.Process, printed: Path) -> None:
        self.client = client
        self.process = process
        self._judge = Judge()
        self._printed = printed
        self._place = 0

    @property
    def judge(self) -> Judge:
        """Return the judge, after it has looked at all that is printed."""
        with self._printed.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._place += len(whole)
        self._judge.take(map(parse_line, whole.splitlines()))
        return self._judge

    @property
    def reads(self) -> bool:
        """Whether it has neither ended nor given up."""
        return self.process.returncode is None and self.judge.ended is None

    @property
    def has_begun(self) -> bool:
        """Whether it has printed anything."""
        return bool(self.judge.hellos or self.judge.errors)

    def connected(self, times: int) -> bool:
        """Tell whether it has had so many `hello`, and a tick after the last of them."""
        judge = self.judge
        return len(judge.hellos) >= times and judge.since_hello > 0

    def wrong(
        self, published: Mapping[str, int] | None = None, begin: int = 0, end: int = 1 << 62
    ) -> list[str]:
        """Return what was wrong between two times, µs since the epoch.

        `published` is the newest `q` of each symbol.
        """
        judge = self.judge
        wrong = [each.what for each in (*judge.findings, *judge.told) if begin <= each.at < end]
        if not judge.hellos:
            wrong.append("no hello")
        if judge.ended is not None:
            if begin <= judge.ended.at < end:
                wrong.append(f"it stops: {judge.ended.data}")
        elif self.process.returncode is not None:
            wrong.append(f"it ended with {self.process.returncode}: {self.errors()}")
        elif published and (behind := judge.behind(published)):
            wrong.append(f"the end of {len(behind)} symbols is missing, after {judge.ticks} ticks")
        return wrong

    def errors(self) -> str:
        """Return what its runtime printed by itself."""
        return self._printed.with_name("errors").read_text("utf-8", "replace")[-2000:]


def all_wrong(readers: Sequence[Reader], published: Mapping[str, int]) -> Wrong:
    """Return what was wrong with each reader; `published` is the newest `q` of each symbol."""
    return {each.client.name: each.wrong(published) for each in readers}


@asynccontextmanager
async def reading(client: Client, url: str, coding: str = "") -> AsyncIterator[Reader]:
    """Run a client, and kill it at the end; with `coding` "identity" it asks for no compression."""
    # An address of this machine is reached without a proxy.
    environment = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    with TemporaryDirectory(prefix="tickcast-client-") as folder:
        printed = Path(folder) / "printed"
        with printed.open("wb") as output, (Path(folder) / "errors").open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *command_of(client), url, coding, stdout=output, stderr=errors, env=environment
            )
        try:
            yield Reader(client, process, printed)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


class Readers:
    """Several running clients. An async context manager."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        # More at once would wait for a core, and be late.
        self._starting = asyncio.Semaphore(STARTING)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def start(self, client: Client, url: str, coding: str = "") -> Reader:
        """Run one more until the end of the block; return when it has said anything."""
        async with self._starting:
            reader = await self._stack.enter_async_context(reading(client, url, coding))
            await patiently(lambda: reader.has_begun or not reader.reads, START_SECONDS)
            return reader


async def patiently(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition holds, or the time is up: what is wrong then is found by the judge."""
    with suppress(AssertionError):
        await eventually(condition, seconds)
