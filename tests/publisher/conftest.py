"""Publishers to test: in this process, with a source that the test feeds, or as processes of their own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from tickcast.publisher.broker import Broker
from tickcast.publisher.program import publish
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceOptions
from tickcast.publisher.stats import Stats
from tickcast.wire.batch import Batch, decode_batch
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import Tick

ROOT = Path(__file__).parents[2]
PROGRAM = "from tickcast.publisher import program, settings as s; program.run(s.PublisherSettings())"
SETTINGS = {"TICKCAST_LOG_FORMAT": "json", "TICKCAST_RETENTION": "3600"}
"""Tests read the log from its first batch on, after however long."""


class FedSource:
    """A source whose ticks come from the test; None ends it, an exception fails it."""

    checked = False

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.instruments: list[Instrument] = []
        self.options: SourceOptions | None = None

    def __call__(self, options: SourceOptions) -> "FedSource":
        self.options = options
        return self

    async def __aiter__(self) -> AsyncIterator[list[Tick]]:
        while (ticks := await self.queue.get()) is not None:
            if isinstance(ticks, Exception):
                raise ticks
            yield ticks


class Publishing:
    """A publisher in this process."""

    def __init__(self, url: str, source: FedSource, /, **settings: Any) -> None:
        self.source = source
        self.stats = Stats()
        self.stop = asyncio.Event()
        self._broker = Broker(url, timeout=0.3)
        self.task = asyncio.create_task(
            publish(PublisherSettings(redis_url=url, **settings), self._broker, self.stats, self.stop)
        )

    def feed(self, symbol: str = "AAPL", *prices: str) -> None:
        """Hand over one list of ticks."""
        self.source.queue.put_nowait(
            [Tick(symbol, 1_795_384_800_000_000 + n, p) for n, p in enumerate(prices)]
        )

    async def end(self) -> None:
        """Ask it to stop, wait, and raise what it raised."""
        self.stop.set()
        try:
            await self.task
        finally:
            await self._broker.close()


@pytest.fixture
async def publishing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Publishing]]:
    """Return a function that starts a publisher with a source, or a FedSource; it is ended after the test."""
    started: list[Publishing] = []

    def start(url: str, own: FedSource | None = None, /, **settings: Any) -> Publishing:
        source = own or FedSource()
        monkeypatch.setattr("tickcast.publisher.program.load_source", lambda name: source)
        started.append(Publishing(url, source, **settings))
        return started[-1]

    yield start
    for each in started:
        each.stop.set()
    await asyncio.gather(*(each.end() for each in started), return_exceptions=True)


@pytest.fixture
def quiet_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no bar be sent because time has passed: only with the tick that ends it, or when all ends."""
    monkeypatch.setattr("tickcast.publisher.bars.forming.MAX_UNSENT_AGE", 3600.0)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Any]:
    """A client of each kind of Redis in turn."""
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Any]:
    """A client of the embedded Valkey."""
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        yield client


class Process:
    """A publisher in a process of its own, with the simulated source."""

    def __init__(self, url: str, log: Path, **environment: str) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.popen = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", PROGRAM],
                cwd=ROOT,
                env=os.environ | SETTINGS | {"TICKCAST_REDIS_URL": url} | environment,
                stdin=subprocess.PIPE,
                stderr=stderr,
            )

    def said(self, text: str) -> bool:
        """Tell whether its log holds `text`."""
        return text in self.log.read_text()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.popen.send_signal(number)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Return a function that starts a publisher process; it is killed after the test."""
    started: list[Process] = []

    def start(url: str, **environment: str) -> Process:
        started.append(Process(url, tmp_path / f"publisher-{len(started)}.log", **environment))
        return started[-1]

    yield start
    for each in started:
        each.popen.kill()
        each.popen.communicate()


async def read_log(client: "redis.asyncio.Redis[bytes]", partition: int = 0) -> list[Batch]:
    """Return all batches of a log."""
    return [
        decode_batch(entry[b"b"]) for _, entry in await client.xrange(names.log(partition)) if b"b" in entry
    ]
