"""Polling instead of a stream: which ticks a client that polls once a second sees, and at what cost."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from tickcast.bench.histogram import Histogram


@dataclass
class PollingResult:
    """Findings of all polling clients."""

    ages: Histogram = field(default_factory=Histogram)
    """Age of each new tick when a poll returned it, µs."""
    seen: int = 0
    """New ticks that polls returned."""
    missed: int = 0
    """Ticks that no poll returned."""

    @property
    def lost(self) -> float:
        """The share of all ticks that no poll returned."""
        return self.missed / max(1, self.seen + self.missed)


def poll(port: int, wanted: list[str], seconds: float) -> PollingResult:
    """Poll each of the comma lists once a second, spread evenly over the second."""
    found = PollingResult()
    pollers = [_Poller(found) for _ in wanted]
    began = time.monotonic()
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        for turn in range(round(seconds * len(wanted))):
            time.sleep(max(0.0, began + turn / len(wanted) - time.monotonic()))
            number = turn % len(wanted)
            answer = client.get("/v1/snapshot", params={"symbols": wanted[number]})
            pollers[number].take(orjson.loads(answer.content), time.time_ns() // 1000)
    return found


class _Poller:
    """A client that polls: compares each answer with the one before."""

    def __init__(self, found: PollingResult) -> None:
        self._found = found
        self._epoch = ""
        self._known: dict[str, int] = {}

    def take(self, snapshot: dict[str, Any], now: int) -> None:
        """Count the ticks of an answer that came at `now` (µs) and those that no answer had."""
        epoch = snapshot.get("epoch", "")
        if epoch != self._epoch:
            # In another epoch of the feed, q begins again.
            self._epoch, self._known = epoch, {}
        for tick in snapshot["ticks"]:
            symbol, q = str(tick["S"]), tick["q"]
            before = self._known.get(symbol)
            self._known[symbol] = q
            # The age of the first tick says nothing about polling; only new ticks count.
            if before is None or q == before:
                continue
            self._found.ages.add(now - tick["t"])
            self._found.seen += 1
            self._found.missed += q - before - 1
