"""Well-behaved clients, in a process of their own: each checks every tick, and how old it is when it comes.

    python -m tests.hostile.crowd URL EVERY CONFLATED

EVERY clients get every tick of 20 symbols, CONFLATED ones the newest of 20 others every 250 ms. Beside them
newcomers open streams one after the other, and note how long they wait for their prices. A line on
standard input begins a phase, `end` the last one; then what was found is printed as JSON.
"""

import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import orjson

from tests.hostile.newcomers import Newcomers
from tickcast.cli.verify.newest import Newest, newest_of
from tickcast.cli.verify.stream_check import Findings, StreamCheck
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.client.sse import Event

EACH = 20
"""Symbols of a client."""

CONFLATED = 250
"""Interval in ms of those that do not get every tick."""

SETTLE = 20.0
"""Seconds in which every client must have the newest ticks at the end, however busy the machine is."""


HARM = (
    *("lost", "repeated", "out_of_order", "told", "malformed", "gaps", "resets"),
    *("reconnects", "put_off", "refused", "turned_away"),
)
"""What must have happened to nobody, by its name in what was found."""


class Member:
    """One client of the crowd."""

    def __init__(self, url: str, interval: int, symbols: list[str], ages: dict[str, list[int]]) -> None:
        """`ages` gets the ages of its ticks in µs, by phase."""
        self.check = StreamCheck(interval)
        self.symbols = {symbol.encode() for symbol in symbols}
        self.phase = ""
        self._ages = ages
        params = {"interval": str(interval), "symbols": ",".join(symbols)}
        self.client = StreamClient(url, params, self._take)

    def _take(self, event: Event) -> None:
        self.check.on_event(event)
        if event.type == b"tick":
            self._ages[self.phase].append(time.time_ns() // 1000 - orjson.loads(event.data)["t"])

    def lacks(self, newest: Newest) -> int:
        """Return how many ticks it lacks."""
        own = {symbol: q for symbol, q in newest.sequences.items() if symbol in self.symbols}
        return self.check.behind(newest._replace(sequences=own))


async def follow(url: str, every: int, conflated: int) -> dict[str, Any]:
    """Follow the feed until the end of standard input; return what was found."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    known = [symbol.decode() for symbol in sorted((await newest_of(url, "", 30)).sequences)]
    chance = random.Random(1)
    ages: dict[int, dict[str, list[int]]] = {0: defaultdict(list), CONFLATED: defaultdict(list)}
    crowd = [
        Member(url, interval, chance.sample(known, min(EACH, len(known))), ages[interval])
        for interval, count in ((0, every), (CONFLATED, conflated))
        for _ in range(count)
    ]
    tasks = [asyncio.create_task(member.client.run()) for member in crowd]
    door = urlsplit(url)
    newcomers = Newcomers(str(door.hostname), door.port or 80, known[:EACH])
    while not all(member.check.findings.snapshots for member in crowd):  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.05)
    tasks.append(asyncio.create_task(newcomers.run()))
    print("all are there", flush=True)
    while (line := (await lines.readline()).decode().strip()) not in ("", "end"):
        for each in (*crowd, newcomers):
            each.phase = line
    behind = await _settle(url, crowd)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        **_found(crowd, ages, behind),
        "turned_away": newcomers.turned_away,
        "waits": {phase: _percentiles(found) for phase, found in newcomers.waits.items()},
    }


async def _settle(url: str, crowd: list[Member]) -> int:
    """Wait until nobody lacks a tick that the feed has now; return how many are still lacking."""
    newest = await newest_of(url, "", SETTLE)
    for _ in range(int(SETTLE / 0.05)):
        if not any(member.lacks(newest) for member in crowd):
            break
        await asyncio.sleep(0.05)
    return sum(member.lacks(newest) for member in crowd)


def _found(crowd: list[Member], ages: dict[int, dict[str, list[int]]], behind: int) -> dict[str, Any]:
    sum_of = Findings()
    for member in crowd:
        sum_of.add(member.check.findings)
    return {
        "ticks": sum_of.ticks,
        "lost": sum_of.lost + behind,
        "repeated": sum_of.repeated,
        "out_of_order": sum_of.out_of_order,
        "told": sum_of.told,
        "malformed": sum_of.malformed,
        "gaps": sum(sum_of.gaps.values()),
        "resets": sum_of.resumed["reset"],
        "reconnects": sum(member.client.reconnects for member in crowd),
        "put_off": sum(member.client.put_off for member in crowd),
        "refused": sum(member.client.statuses.total() for member in crowd),
        "ages": {
            str(interval): {phase: _percentiles(found) for phase, found in by_phase.items()}
            for interval, by_phase in ages.items()
        },
    }


def _percentiles(ages: list[int]) -> dict[str, float]:
    """Return p50, p99 and the most of times in µs, in ms."""
    ordered = sorted(ages)
    return {
        "count": len(ordered),
        "p50": ordered[len(ordered) // 2] / 1000,
        "p99": ordered[len(ordered) * 99 // 100] / 1000,
        "most": ordered[-1] / 1000,
    }


if __name__ == "__main__":
    address, *counts = sys.argv[1:]
    print(json.dumps(asyncio.run(follow(address, *map(int, counts)))), flush=True)
