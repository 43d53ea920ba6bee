"""A report: what many clients, each checking every tick it gets, saw in some seconds."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from tickcast.cli.bar_check import BarCheck
from tickcast.cli.check import Check, Findings
from tickcast.cli.newest import NewestError, newest_of
from tickcast.cli.stream import StreamClient
from tickcast.cli.tape import Tape
from tickcast.runtime.files import raise_file_limit

_SLICE = 100
"""Clients that connect at once: a listener's backlog is short, and what overflows it comes back late."""

_SETTLE = 2.0
"""Seconds at the end in which every client must get what the feed holds by then."""

_POLL = 0.05


@dataclass
class Report:
    """What `verify_streams` saw, over all clients."""

    clients: int
    seconds: float
    """From the first connection to the end."""
    findings: Findings = field(default_factory=Findings)
    connected: int = 0
    """Clients that got a stream at least once."""
    reconnects: int = 0
    bytes: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    """Answers other than 200."""
    failures: Counter[str] = field(default_factory=Counter)
    """Connections that broke or could not be made, by what went wrong."""
    silent: int = 0
    """Clients that got no tick in a `tick` event."""
    behind: int = 0
    """Clients that did not have the newest ticks at the end; what they lack is among the lost."""
    bars: str = ""
    """Interval of the bars that were checked, too; empty if none were."""
    unproved: str = ""
    """Why the end could not be compared with the feed; empty if it was."""

    @property
    def ok(self) -> bool:
        """True when no client had a fault in what came, and each was served to the end."""
        return self.findings.faults == 0 and not self.shortcomings

    @property
    def shortcomings(self) -> list[str]:
        """What was not delivered at all, in words. A fault in what came is among the findings."""
        found = []
        if self.connected < self.clients:
            found.append(f"{self.clients - self.connected} of {self.clients} clients got no stream")
        if self.silent and self.findings.ticks:
            found.append(f"{self.silent} of {self.clients} clients got no tick while others did")
        if self.behind:
            found.append(f"{self.behind} of {self.clients} clients lacked the newest ticks at the end")
        if self.bars and not self.findings.bars.checked:
            found.append(f"no bar could be checked: none of {self.bars} came from its first tick to its last")
        if self.unproved:
            found.append(f"whether the newest ticks came is not known: /v1/snapshot: {self.unproved}")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return it flat, for JSON."""
        return {
            "ok": self.ok,
            "clients": self.clients,
            "connected": self.connected,
            "seconds": round(self.seconds, 3),
            "shortcomings": self.shortcomings,
            **vars(self.findings),
            "bars": vars(self.findings.bars) if self.bars else None,
            "reconnects": self.reconnects,
            "bytes": self.bytes,
            "statuses": self.statuses,
            "failures": self.failures,
        }


async def verify_streams(
    url: str, clients: int = 50, seconds: float = 20.0, interval: int = 0, symbols: str = "", bars: str = ""
) -> Report:
    """Let `clients` clients stream for `seconds` and return what their checks found.

    `symbols` is a comma list as in the query, "" for all; `interval` in ms; `bars` an interval of bars
    to check too, "" for none, which needs `interval` 0. Raises StreamRefusedError
    when the server says that the request itself is wrong, ValueError when `url` is no address.
    """
    raise_file_limit()
    params = {"interval": str(interval)} | ({"symbols": symbols} if symbols else {})
    params |= {"bars": bars} if bars else {}
    tape = Tape()
    checks = [Check(interval, BarCheck(bars, tape) if bars else None) for _ in range(clients)]
    streams = [StreamClient(url, params, check.on_event) for check in checks]
    start = time.monotonic()
    report = Report(clients, 0.0, bars=bars)
    async with _running(streams, seconds):
        report.seconds = time.monotonic() - start
        # Conflated streams skip ticks on purpose, and may be an interval late.
        if interval == 0 and any(stream.connects for stream in streams):
            await _settle(url, symbols, checks, report)
    for check, stream in zip(checks, streams, strict=True):
        report.findings.add(check.findings)
        report.silent += check.findings.ticks == 0
        report.connected += stream.connects > 0
        report.reconnects += stream.reconnects
        report.bytes += stream.bytes
        report.statuses += stream.statuses
        report.failures += stream.failures
    return report


async def _settle(url: str, symbols: str, checks: list[Check], report: Report) -> None:
    """Wait until every client has what the feed holds now, and count as lost what does not come.

    Without it a stream that merely stops would have no hole in it.
    """
    try:
        newest = await newest_of(url, symbols, _SETTLE)
    except NewestError as error:
        report.unproved = str(error)
        return
    deadline = time.monotonic() + _SETTLE
    behind = checks
    while True:
        behind = [check for check in behind if check.behind(newest)]
        if not behind or time.monotonic() > deadline:
            break
        await asyncio.sleep(_POLL)
    report.behind = len(behind)
    for check in behind:
        check.findings.lost += check.behind(newest)


@contextlib.asynccontextmanager
async def _running(streams: list[StreamClient], seconds: float) -> AsyncIterator[None]:
    """Let the streams run for `seconds`, and on until the block ends."""
    tasks: list[asyncio.Task[None]] = []
    try:
        for stream in streams:
            tasks.append(asyncio.create_task(stream.run()))
            if len(tasks) % _SLICE == 0:
                await asyncio.sleep(0.02)
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
