"""Polling, the way without a stream: what a client that asks once a second knows, and what that costs."""

import time
from dataclasses import dataclass, field

import httpx

from tickcast.bench.histogram import Histogram


@dataclass
class PollingResult:
    """What all polling clients found."""

    ages: Histogram = field(default_factory=Histogram)
    """Age of each tick that was news, when it was learned, µs."""
    seen: int = 0
    """Ticks that they learned of."""
    missed: int = 0
    """Ticks between two that they learned of."""

    @property
    def lost(self) -> float:
        """The part of all ticks that they never learned of."""
        return self.missed / max(1, self.seen + self.missed)


def poll(port: int, wanted: list[str], seconds: float) -> PollingResult:
    """Let each of the comma lists be asked for once a second, evenly spread over the second."""
    found = PollingResult()
    known: list[dict[str, int]] = [{} for _ in wanted]
    began = time.monotonic()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
        for turn in range(round(seconds * len(wanted))):
            time.sleep(max(0.0, began + turn / len(wanted) - time.monotonic()))
            number = turn % len(wanted)
            ticks = client.get("/v1/snapshot", params={"symbols": wanted[number]}).json()["ticks"]
            _record(known[number], ticks, time.time_ns() // 1000, found)
    return found


def _record(known: dict[str, int], ticks: list[dict[str, int]], now: int, found: PollingResult) -> None:
    for tick in ticks:
        symbol, q = str(tick["S"]), tick["q"]
        before = known.get(symbol)
        known[symbol] = q
        # What a client finds at first is as old as it is; only news tells of polling.
        if before is None or q == before:
            continue
        found.ages.add(now - tick["t"])
        found.seen += 1
        found.missed += q - before - 1
