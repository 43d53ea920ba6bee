"""Judges what a reader of every tick received: nothing missing, nothing twice, nothing late. Pure.

The rules are those of docs/protocol.md: within an epoch `q` of a symbol grows by one, and `reset` or `gap`
says that ticks are missing.
"""

import json

from tickcast.client.sse import Event


class Judge:
    """The state of one reader, over all its connections."""

    def __init__(self) -> None:
        self.ticks = 0
        """Ticks received, those of snapshots left out."""
        self.holes: list[str] = []
        """Ticks that are missing and of which no event told."""
        self.repeats: list[str] = []
        """Ticks that came a second time."""
        self.told: list[str] = []
        """Events that told of missing ticks."""
        self.ages: list[float] = []
        """Seconds from a tick's own time to its arrival, while `aging`."""
        self.aging = False
        """Measure ages. Not while ticks are replayed, which are old."""
        self._newest: dict[str, int] = {}
        self._epoch = ""

    def take(self, event: Event, now: float) -> None:
        """Judge one event that arrived at `now`, in seconds since the epoch of the clock."""
        if event.type == b"tick":
            self._tick(json.loads(event.data), now)
        elif event.type == b"snapshot":
            self._snapshot(json.loads(event.data))
        elif event.type in (b"hello", b"gap"):
            self._said(event.type.decode(), json.loads(event.data))

    def _said(self, kind: str, data: dict[str, str]) -> None:
        if kind == "gap" or data["resumed"] == "reset":
            self.told.append(f"{kind} {data}")
            self._newest.clear()
        elif data["resumed"] == "new" and self._newest:
            self.holes.append("the cursor was lost on the way")
            self._newest.clear()
        if data["epoch"] != self._epoch:
            self._newest.clear()
        self._epoch = data["epoch"]

    def _snapshot(self, ticks: list[dict[str, int]]) -> None:
        for tick in ticks:
            symbol, q = str(tick["S"]), tick["q"]
            if self._newest.setdefault(symbol, q) < q:
                self.holes.append(f"{symbol} {self._newest[symbol]} to {q} by a snapshot")
                self._newest[symbol] = q

    def _tick(self, tick: dict[str, int], now: float) -> None:
        self.ticks += 1
        symbol, q = str(tick["S"]), tick["q"]
        before = self._newest.get(symbol, q - 1)
        if q <= before:
            self.repeats.append(f"{symbol} {q} after {before}")
            return
        if q > before + 1:
            self.holes.append(f"{symbol} {before} to {q}")
        self._newest[symbol] = q
        if self.aging:
            self.ages.append(now - tick["t"] / 1e6)
