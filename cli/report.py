"""A report: what many clients, each checking every tick it gets, saw in some seconds."""

import asyncio
import contextlib
import resource
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from cli.check import Check, Findings
from cli.stream import StreamClient

_SLICE = 100
"""Clients that connect at once: a listener's backlog is short, and what overflows it comes back late."""


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

    @property
    def ok(self) -> bool:
        """True when nothing was lost untold, repeated, out of order or malformed."""
        return self.findings.faults == 0

    def as_dict(self) -> dict[str, Any]:
        """Return it flat, for JSON."""
        return {
            "ok": self.ok,
            "clients": self.clients,
            "connected": self.connected,
            "seconds": round(self.seconds, 3),
            **vars(self.findings),
            "reconnects": self.reconnects,
            "bytes": self.bytes,
            "statuses": self.statuses,
            "failures": self.failures,
        }


async def verify_streams(
    url: str, clients: int = 50, seconds: float = 20.0, interval: int = 0, symbols: str = ""
) -> Report:
    """Let `clients` clients stream for `seconds` and return what their checks found.

    `symbols` is a comma list as in the query, "" for all; `interval` in ms. Raises StreamRefusedError
    when the server says that the request itself is wrong, ValueError when `url` is no address.
    """
    _raise_file_limit()
    params = {"interval": str(interval)} | ({"symbols": symbols} if symbols else {})
    checks = [Check(interval) for _ in range(clients)]
    streams = [StreamClient(url, params, check.on_event) for check in checks]
    start = time.monotonic()
    await _run(streams, seconds)
    report = Report(clients, time.monotonic() - start)
    for check, stream in zip(checks, streams, strict=True):
        report.findings.add(check.findings)
        report.connected += stream.connects > 0
        report.reconnects += stream.reconnects
        report.bytes += stream.bytes
        report.statuses += stream.statuses
        report.failures += stream.failures
    return report


async def _run(streams: list[StreamClient], seconds: float) -> None:
    tasks: list[asyncio.Task[None]] = []
    try:
        for stream in streams:
            tasks.append(asyncio.create_task(stream.run()))
            if len(tasks) % _SLICE == 0:
                await asyncio.sleep(0.02)
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _raise_file_limit() -> None:
    """Every client is an open file, and the soft limit is often 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS reports no hard limit and then refuses that very value.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
