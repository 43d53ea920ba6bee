"""What is tried behind one proxy: each method fills cells of the table in docs/proxies.md."""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.proxies import http2
from tests.proxies.proxy import Proxy
from tests.proxies.reader import HOST, Reader
from tests.support.event_stream import answer_of
from tests.support.eventually import eventually

ALL = os.environ.get("PROXIES") == "all"
"""All proxies are tried, and in full; CI has less time."""

QUIET_SECONDS = 90.0 if ALL else 6.0
"""Seconds that a symbol without ticks is read: heartbeats alone come."""

RATE = 30.0
"""Ticks a second, of all symbols: few, because so many read them."""

AGES = 120
"""Ticks that a reader without a proxy receives while ages are measured: 4 s of them."""

HEARTBEAT = 5.0 if ALL else 2.0
"""Seconds between the heartbeats of a quiet stream."""

LATE = 1.0
"""Seconds that a first event, and the age of any tick, must stay below."""

READERS = 4
"""Plain readers behind each proxy; the end of one gateway hits half of them."""

Result = tuple[bool, str]
"""Whether a cell works, and what was seen."""


class Trial:
    """One proxy, its readers, and what they saw."""

    def __init__(self, proxy: Proxy, gateway: str) -> None:
        """Take a proxy, and the URL of a gateway behind it."""
        self.proxy = proxy
        self.results: dict[str, Result] = {}
        self.readers: list[Reader] = []
        """Plain readers, which stay through every fault."""
        self._gateway = gateway
        self._all: list[Reader] = []
        self._packed: list[Reader] = []

    def _read(self, symbols: str, encoding: str = "") -> Reader:
        self._all.append(Reader(self.proxy.url, symbols, encoding))
        return self._all[-1]

    def fill(self) -> None:
        """Start readers in the place of those that ended for good or hang."""
        self.readers = [reader for reader in self.readers if reader.is_served]
        self.readers += [self._read("*") for _ in range(READERS - len(self.readers))]

    async def first_event(self) -> None:
        """Measure how soon a new reader has its first event."""
        reader = self._read("QUIET")
        await _comes(lambda: reader.first is not None, 2 * LATE)
        await reader.close()
        first = reader.first
        self.results["first event"] = (first is not None and first < LATE, f"{first} s {reader.ended}")

    def begin_aging(self) -> None:
        """Start the plain readers, and one that asks for gzip, as browsers do."""
        self.fill()
        self._packed = [self._read("*", "gzip")]

    def set_aging(self, aging: bool) -> None:
        """Measure the ages of the ticks that come from now on, or no longer."""
        for reader in self.readers + self._packed:
            reader.judge.aging = aging

    async def end_aging(self, control: list[float]) -> None:
        """Judge the ages that were measured, in seconds, beside those of a reader without a proxy."""
        self.results["age"] = _age(self.readers, control)
        works, said = _age(self._packed, control)
        (reader,) = self._packed
        self.results["compressed"] = (
            works and reader.encoding == "gzip",
            f"{reader.encoding or 'plain'}, {said}",
        )
        await reader.close()

    async def quiet(self) -> None:
        """Read a symbol without ticks: heartbeats come and the connection stays; then leave."""
        reader = self._read("QUIET")
        await asyncio.sleep(QUIET_SECONDS)
        times = [*reader.arrivals, time.monotonic()]
        silent = max((after - before for before, after in pairwise(times)), default=QUIET_SECONDS)
        works = reader.streams == 1 and silent < HEARTBEAT + LATE
        said = f"{len(times) - 1} events on {reader.streams} streams, silent for at most {silent:.1f} s"
        self.results["quiet"] = (works, said)
        await reader.close()
        left = time.monotonic()
        gone = bool(reader.stream) and await _comes(
            lambda: self._is_gone(reader.stream), 3 * HEARTBEAT + LATE
        )
        self.results["leaves"] = (
            gone,
            f"{'gone' if gone else 'still there'} after {time.monotonic() - left:.1f} s",
        )

    async def _is_gone(self, stream: str) -> bool:
        await asyncio.sleep(0.2)
        return await self._change(self._gateway, stream) == 404

    async def patch(self) -> None:
        """Change an open stream."""
        reader = self._read("QUIET")
        await _comes(lambda: reader.stream, 2 * HEARTBEAT)
        status = await self._change(self.proxy.url, reader.stream)
        self.results["PATCH"] = (status == 200, f"answered {status}")
        await reader.close()

    async def _change(self, url: str, stream: str) -> int:
        """Send a change that changes nothing; return the status, 0 where there was no answer."""
        body = json.dumps({"add": ["QUIET"]}).encode()
        target, kind = f"/v1/streams/{stream}", b"content-type: application/json"
        try:
            return (await answer_of(url, target, kind, method="PATCH", host=HOST, body=body)).status
        except (OSError, EOFError, TimeoutError):
            return 0

    async def http2(self) -> None:
        """Read ten streams over one connection of HTTP/2."""
        self.results["HTTP/2"] = await http2.ten_streams(self.proxy)

    def is_settled(self) -> bool:
        """Tell whether each plain reader is served again, or has ended for good."""
        return all(reader.is_served or reader.ended for reader in self.readers)

    def survived(self, cell: str) -> None:
        """Judge how the plain readers came through a fault."""
        ended = sorted({reader.ended for reader in self.readers if reader.ended})
        away = sum(not reader.is_served and not reader.ended for reader in self.readers)
        told = [each for reader in self.readers for each in reader.judge.told]
        works = not (ended or away or told)
        self.results[cell] = (works, f"ended by {ended}, {away} not served, ticks not sent again: {told}")

    async def close(self) -> None:
        """End every reader, and judge what all of them saw."""
        for reader in self._all:
            await reader.close()
        judges = [reader.judge for reader in self._all]
        found = [each for judge in judges for each in (*judge.holes, *judge.repeats)]
        self.results["exact"] = (not found, f"{len(found)} of {sum(j.ticks for j in judges)}: {found[:3]}")


def _age(readers: list[Reader], control: list[float]) -> Result:
    allowed = LATE + max(control)
    ages = [age for reader in readers for age in reader.judge.ages]
    oldest, middle = max(ages, default=allowed), statistics.median(ages or [allowed])
    # The newest may still be on their way, and a busy machine hands many to one reader first.
    enough = all(len(reader.judge.ages) >= AGES / 2 for reader in readers)
    said = f"{len(ages)} ticks, age {middle:.3f} s (median), {oldest:.3f} s (most) of {allowed:.3f}"
    return enough and oldest < allowed, f"{said} {[reader.ended for reader in readers]}"


async def _comes(condition: Callable[[], Any], seconds: float) -> bool:
    """Tell whether a condition comes true within some time."""
    try:
        await eventually(condition, seconds)
    except AssertionError:
        return False
    return True
