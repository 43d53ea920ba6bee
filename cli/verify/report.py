"""Runs many checking clients for some seconds, and reports their findings."""

import asyncio
import contextlib
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tickcast.cli.verify.bar_check import BarCheck
from tickcast.cli.verify.newest import Newest, NewestError, newest_of
from tickcast.cli.verify.stream_check import Findings, StreamCheck
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.cli.verify.tick_history import TickHistory
from tickcast.client.tokens import bearer
from tickcast.runtime.files import raise_file_limit

_CONNECT_AT_ONCE = 100
"""Clients that connect at the same time; a connection that overflows the listener's backlog comes late."""

_SETTLE = 2.0
"""Seconds at the end in which every client must receive the newest ticks of the feed."""

_UNREADY = 5.0
"""Seconds for which a gateway may answer 503 at the end: one that has just started in a rollout."""

_POLL = 0.05

_PATIENCE = 5.0
"""Seconds after which it ends where nobody has answered: more of the same proves nothing."""

_LOOK = 1.0
"""Seconds between two looks at how it goes."""

Progress = Callable[[str], None]
"""Takes a line that says how it goes."""


@dataclass
class Report:
    """The result of `verify_streams`, over all clients."""

    clients: int
    seconds: float
    """From the first connection to the end."""
    findings: Findings = field(default_factory=Findings)
    connected: int = 0
    """Clients that got a stream at least once."""
    reconnects: int = 0
    bytes: int = 0
    put_off: int = 0
    """Answers that put a client off: an event stream that ended without an event."""
    statuses: Counter[int] = field(default_factory=Counter)
    """Answers that are no event stream, by status."""
    failures: Counter[str] = field(default_factory=Counter)
    """Connections that broke or failed, by their error."""
    silent: int = 0
    """Clients that received no `tick` event."""
    behind: int = 0
    """Clients without the newest ticks at the end; the missing ticks count as lost."""
    bars: str = ""
    """Interval of the checked bars; empty if no bars were checked."""
    unproved: str = ""
    """Why the newest ticks could not be compared with the feed; empty if they were."""

    @property
    def ok(self) -> bool:
        """True if no client found a fault, and each client was served to the end."""
        return self.findings.faults == 0 and not self.shortcomings

    @property
    def ending(self) -> int:
        """Number of answers after which a browser's EventSource would never have come back."""
        return self.statuses.total()

    @property
    def shortcomings(self) -> list[str]:
        """Deliveries that did not happen, in words. Faults of deliveries stand in the findings."""
        found = []
        if self.connected < self.clients:
            found.append(f"{self.clients - self.connected} of {self.clients} clients got no stream")
        if self.silent and self.findings.ticks:
            found.append(f"{self.silent} of {self.clients} clients got no tick while others did")
        if self.behind:
            found.append(f"{self.behind} of {self.clients} clients lacked the newest ticks at the end")
        if self.bars and not self.findings.bars.checked:
            found.append(
                f"no bar could be checked: no bar of {self.bars} was received from its first tick to its last"
            )
        if self.unproved:
            found.append(f"the newest ticks could not be compared: /v1/snapshot: {self.unproved}")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a flat object, for JSON."""
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
            "put_off": self.put_off,
            "statuses": self.statuses,
            "ending": self.ending,
            "failures": self.failures,
        }


async def verify_streams(
    url: str,
    clients: int = 50,
    seconds: float = 20.0,
    interval: int = 0,
    symbols: str = "",
    bars: str = "",
    tls: ssl.SSLContext | None = None,
    token: str = "",
    progress: Progress = lambda line: None,
) -> Report:
    """Stream with `clients` clients for `seconds`, and return the findings of their checks.

    `symbols` is a comma list as in the query, "" for all; `interval` in ms; `bars` an interval of bars
    to check, "" for none; bars need `interval` 0. `tls` proves the server, `token` is shown to
    it, `progress` is told how it goes.
    Raises StreamRefusedError if the server refuses the request for good, UserError if it cannot be trusted,
    ValueError if `url` is no address.
    """
    raise_file_limit()
    params = {"interval": str(interval)} | ({"symbols": symbols} if symbols else {})
    params |= {"bars": bars} if bars else {}
    history = TickHistory()
    checks = [StreamCheck(interval, BarCheck(bars, history) if bars else None) for _ in range(clients)]
    streams = [StreamClient(url, params, check.on_event, headers=bearer(token), tls=tls) for check in checks]
    start = time.monotonic()
    report = Report(clients, 0.0, bars=bars)

    def look(elapsed: float) -> None:
        connected, ticks = (
            sum(each.connects > 0 for each in streams),
            sum(each.findings.ticks for each in checks),
        )
        lost = sum(each.findings.lost for each in checks)
        progress(
            f"{elapsed:.0f} of {seconds:g} s: {connected:,} of {clients:,} clients, "
            f"{ticks:,} ticks, {lost:,} lost"
        )

    async with _running(streams, seconds, look):
        report.seconds = time.monotonic() - start
        # Conflated streams skip ticks on purpose, and may be late by an interval.
        if interval == 0 and any(stream.connects for stream in streams):
            await _settle(partial(newest_of, url, symbols, _SETTLE, tls, token, _UNREADY), checks, report)
    for check, stream in zip(checks, streams, strict=True):
        report.findings.add(check.findings)
        report.silent += check.findings.ticks == 0
        report.connected += stream.connects > 0
        report.reconnects += stream.reconnects
        report.bytes += stream.bytes
        report.put_off += stream.put_off
        report.statuses += stream.statuses
        report.failures += stream.failures
    return report


async def _settle(ask: Callable[[], Awaitable[Newest]], checks: list[StreamCheck], report: Report) -> None:
    """Wait until every client has the newest ticks of the feed; count missing ticks as lost.

    Otherwise a stream that merely stops would have no fault.
    """
    newest, behind = Newest({}), checks
    try:
        newest = await ask()
        deadline = time.monotonic() + _SETTLE
        while behind := [check for check in behind if check.behind(newest)]:
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(_POLL)
            if any(check.is_of_another(newest.epoch) for check in behind):
                # The feed has started over since: which epoch is the newer one, only a gateway can say.
                newest = await ask()
    except NewestError as error:
        report.unproved = str(error)
        return
    report.behind = len(behind)
    for check in behind:
        check.findings.lost += check.behind(newest)


@contextlib.asynccontextmanager
async def _running(
    streams: list[StreamClient], seconds: float, look: Callable[[float], None]
) -> AsyncIterator[None]:
    """Run the streams for `seconds`, enter the block, and cancel them when the block ends.

    Where nobody answers, the block is entered sooner.
    """
    tasks: list[asyncio.Task[None]] = []
    try:
        for stream in streams:
            tasks.append(asyncio.create_task(stream.run()))
            if len(tasks) % _CONNECT_AT_ONCE == 0:
                await asyncio.sleep(0.02)
        begun, failed = time.monotonic(), asyncio.gather(*tasks)
        failed.add_done_callback(lambda each: each.cancelled() or each.exception())
        while (elapsed := time.monotonic() - begun) < seconds:
            await asyncio.wait([failed], timeout=min(_LOOK, seconds - elapsed))
            if failed.done():
                failed.result()
            look(time.monotonic() - begun)
            if elapsed > _PATIENCE and not any(map(_was_answered, streams)):
                break
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _was_answered(stream: StreamClient) -> bool:
    return bool(stream.connects or stream.put_off or stream.statuses)
