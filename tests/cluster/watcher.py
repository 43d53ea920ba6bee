"""Clients that check every tick and remember what the stream told them about itself."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.eventually import eventually
from tickcast.cli.verify.stream_check import Findings, StreamCheck
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.client.sse import Event


class Watcher:
    """One client at interval 0."""

    def __init__(self, url: str, symbols: str) -> None:
        self.check = StreamCheck(0)
        self.client = StreamClient(url, {"symbols": symbols}, self._on_event)
        self.told: list[tuple[float, str, Any]] = []
        """Every event but ticks and snapshots: when (monotonic), name, data."""
        self.silence = 0.0
        """Longest time between two ticks, s; it may be set back to 0."""
        self._ticked = 0.0

    def _on_event(self, event: Event) -> None:
        self.check.on_event(event)
        if event.type == b"tick":
            now = time.monotonic()
            self.silence = max(self.silence, now - (self._ticked or now))
            self._ticked = now
        if event.type not in (b"tick", b"snapshot", b"heartbeat"):
            self.told.append((time.monotonic(), event.type.decode(), json.loads(event.data)))

    def of(self, name: str) -> list[tuple[float, Any]]:
        """Return when and what was told by events of one name."""
        return [(when, data) for when, kind, data in self.told if kind == name]

    def byes(self) -> list[tuple[str, float]]:
        """Return which gateway said bye, and when."""
        said, gateway = [], ""
        for when, kind, data in self.told:
            if kind == "hello":
                gateway = data["gateway"]
            elif kind == "bye":
                said.append((gateway, when))
        return said

    @property
    def gateway(self) -> str:
        """The gateway of the newest hello; empty before the first."""
        hellos = self.of("hello")
        return hellos[-1][1]["gateway"] if hellos else ""

    def feed(self, since: float = 0) -> list[str]:
        """Return the states of the feed that were told since a moment."""
        return [data["feed"] for when, data in self.of("status") if when >= since]


class Watchers(list[Watcher]):
    """Many of them."""

    @property
    def findings(self) -> Findings:
        """The sum of what they found."""
        total = Findings()
        for watcher in self:
            total.add(watcher.check.findings)
        return total

    @property
    def statuses(self) -> Counter[int]:
        """Answers other than 200."""
        return sum((watcher.client.statuses for watcher in self), Counter[int]())

    @property
    def gateways(self) -> Counter[str]:
        """How many are on each gateway."""
        return Counter(watcher.gateway for watcher in self if watcher.gateway)

    async def advance(self, ticks: int = 2) -> None:
        """Wait until each has got that many more ticks, so that what comes next is in full flow."""
        goals = [(watcher, watcher.check.findings.ticks + ticks) for watcher in self]

        def behind() -> list[Watcher]:
            return [watcher for watcher, goal in goals if watcher.check.findings.ticks < goal]

        try:
            await eventually(lambda: not behind())
        except AssertionError as error:
            for watcher in behind()[:3]:
                error.add_note(f"stands still: {watcher.client.failures} {watcher.told[-5:]}")
            raise

    def assert_exact(self) -> None:
        """Fail if one of them lost a tick untold, got one twice, or was answered with anything but 200."""
        assert self.findings.faults == 0, self.findings
        assert not self.statuses

    def assert_nothing_missed(self) -> None:
        """Fail if one of them missed a tick, told or not."""
        self.assert_exact()
        gaps = [data for watcher in self for _, data in watcher.of("gap")]
        assert not gaps, (len(gaps), gaps[:3])
        assert self.findings.told == 0
        assert "reset" not in self.findings.resumed


@asynccontextmanager
async def watching(url: str, clients: int, symbols: str = "AAPL,MSFT") -> AsyncIterator[Watchers]:
    """Let clients watch while the context lasts; entered when every one of them gets ticks."""
    watchers = Watchers(Watcher(url, symbols) for _ in range(clients))
    tasks = [asyncio.create_task(watcher.client.run()) for watcher in watchers]
    try:
        await watchers.advance()
        yield watchers
        # Whatever refused a client for good has ended its task.
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
