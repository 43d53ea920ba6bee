"""Reads a stream whose watchlist changes, and knows what may come next."""

import json
from collections.abc import Iterable
from typing import Any

from tickcast.client.sse import Event
from tickcast.gateway.protocol.selection import parse_entries, parse_selection


class WatchlistReader:
    """What somebody who reads the events of a stream knows; a broken rule raises AssertionError."""

    def __init__(self, symbols: str, exact: bool, epoch: str = "") -> None:
        """`epoch` is the one of the feed when the stream began."""
        self.epoch = epoch
        self.selection = parse_selection(symbols, 100)
        self.exact = exact
        self.newest: dict[str, int] = {}
        self.bars: dict[tuple[str, str], int] = {}
        """Symbol and interval -> `q` of the newest bar."""
        self._skipped: set[tuple[str, str]] = set()
        """Bars that a gap may have taken something from."""
        self._excused = True
        """A snapshot may name what is known: after `hello` and after a gap."""

    def wants(self, symbol: str) -> bool:
        """Tell whether the list, as of the newest event, has a symbol."""
        return self.selection.has(symbol.encode())

    def read(self, events: Iterable[Event]) -> None:
        """Take events in order, and check each against the rules."""
        for event in events:
            rule = getattr(self, f"_on_{event.type.decode()}", None)
            if rule is not None:
                rule(json.loads(event.data))

    def _on_snapshot(self, ticks: list[dict[str, int]]) -> None:
        for tick in ticks:
            assert self.wants(str(tick["S"]))
            assert self._excused or tick["S"] not in self.newest
            assert tick["q"] > self.newest.get(str(tick["S"]), 0)
            self.newest[str(tick["S"])] = tick["q"]
        self._excused = False

    def _on_tick(self, tick: dict[str, int]) -> None:
        assert self.wants(str(tick["S"]))
        before = self.newest.get(str(tick["S"]), 0)
        assert tick["q"] == before + 1 if self.exact else tick["q"] > before
        self.newest[str(tick["S"])] = tick["q"]

    def _on_gap(self, told: dict[str, str]) -> None:
        self._excused = True
        if told["epoch"] != self.epoch:
            # Nothing of before counts: what follows is whole.
            self.epoch, self.newest, self.bars = told["epoch"], {}, {}
        self._skipped = set(self.bars)

    def _on_bar(self, bar: dict[str, Any]) -> None:
        key = bar["S"], bar["i"]
        assert self.wants(bar["S"])
        assert bar["q"] > self.bars.get(key, 0)
        assert key not in self.bars or key in self._skipped or bar["q"] == self.bars[key] + 1
        self._skipped.discard(key)
        self.bars[key] = bar["q"]

    def _on_symbols(self, told: dict[str, list[str]]) -> None:
        add, drop = parse_entries(told["added"]), parse_entries(told["dropped"])
        assert not {*told["added"]} & {*self.selection.entries}
        assert {*told["dropped"]} <= {*self.selection.entries}
        self.selection = self.selection.changed(add, drop)
        self.newest = {symbol: q for symbol, q in self.newest.items() if self.wants(symbol)}
        self.bars = {key: q for key, q in self.bars.items() if self.wants(key[0])}
