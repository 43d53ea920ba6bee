"""Whether the bars that a client was sent add up. Pure.

Every state of a bar is what the `n` ticks up to its `q` make; a bar goes on where the one before it ended;
none is ahead of the ticks of its stream, and none goes back.
"""

from collections.abc import Iterator
from decimal import Decimal

from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import CONNECTION, Bar, Event, Trace

Found = tuple[int, str, str]
"""When, kind and detail of a fault."""


class BarCheck:
    """Checks the bars of all clients, each state of a bar once."""

    def __init__(self, ledger: Ledger) -> None:
        self.checked = 0
        self._ledger = ledger
        self._verdicts: dict[Bar, str] = {}
        self._at_q: dict[str, dict[int, list[int]]] = {}

    def judge(self, trace: Trace) -> Iterator[Found]:
        """Give the faults of one client's bars."""
        if trace.plan.bars:
            walk = _Walk()
            for event in trace.events:
                yield from walk.on(event)
                if event.kind == "bar" and (wrong := self.wrong(event.data)):
                    yield event.at, "bar does not add up", f"{wrong}: {event.data}"

    def wrong(self, bar: Bar) -> str:
        """Return what a bar should not say; empty if it adds up, or if its ticks are not all known."""
        found = self._verdicts.get(bar)
        if found is None:
            found = self._verdicts[bar] = self._compare(bar)
        return found

    def _compare(self, bar: Bar) -> str:
        wrongs = []
        for last in self._last(bar):
            ticks = self._ending(bar, last)
            if len(ticks) == bar.ticks:
                self.checked += 1
                wrongs.append(_difference(bar, ticks))
        # The same q may stand in several epochs; one of them has made the bar.
        return "" if not wrongs or "" in wrongs else wrongs[-1]

    def _ending(self, bar: Bar, last: int) -> list[Accepted]:
        """Return the ticks that count up to a place, over epochs, too; fewer where some are not known."""
        found: list[Accepted] = []
        for each in reversed(self._ledger.ticks[bar.symbol][: last + 1]):
            if len(found) == bar.ticks:
                break
            if each.tick.q == bar.q - len(found):
                found.append(each)
        return found[::-1]

    def _last(self, bar: Bar) -> list[int]:
        places = self._at_q.get(bar.symbol)
        if places is None:
            places = self._at_q[bar.symbol] = {}
            for place, each in enumerate(self._ledger.ticks.get(bar.symbol, [])):
                places.setdefault(each.tick.q, []).append(place)
        return places.get(bar.q, [])


def _difference(bar: Bar, ticks: list[Accepted]) -> str:
    prices = [each.tick.price for each in ticks]
    values = [Decimal(price) for price in prices]
    volume = sum(int(each.size or 0) for each in ticks)
    made = {
        "open": (Decimal(bar.open), values[0]),
        "high": (Decimal(bar.high), max(values)),
        "low": (Decimal(bar.low), min(values)),
        "close": (Decimal(bar.close), values[-1]),
        "volume": (Decimal(bar.volume or 0), Decimal(volume)),
    }
    return ", ".join(f"{name} {said} is {true}" for name, (said, true) in made.items() if said != true)


class _Walk:
    """Follows the order of one client's bars and ticks."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Bar] = {}
        self._q: dict[str, int] = {}
        self._symbols: set[str] = set()

    def on(self, event: Event) -> Iterator[Found]:
        """Take the next event; give what is wrong with it."""
        if event.kind == "tick":
            self._q[event.data.symbol] = event.data.q
        elif event.kind in ("ticks", "snapshot"):
            for tick in event.data:
                self._q[tick.symbol] = tick.q
        elif event.kind == CONNECTION:
            self._symbols = set(event.data.symbols)
            if event.data.cursor != "own":
                self._forget()
        elif event.kind == "gap" or (event.kind == "hello" and event.data.get("resumed") == "reset"):
            self._forget()
        elif event.kind == "symbols":
            self._symbols |= set(event.data.get("added", ()))
            self._forget()
        elif event.kind == "bar":
            yield from self._bar(event.data, event.at)

    def _forget(self) -> None:
        # What lies between is among what the stream has said to be missing.
        self._held.clear()

    def _bar(self, bar: Bar, at: int) -> Iterator[Found]:
        key = (bar.symbol, bar.interval)
        held = self._held.get(key)
        self._held[key] = bar
        if bar.symbol in self._symbols and bar.q > self._q.get(bar.symbol, 0):
            yield at, "bar ahead", f"{bar.symbol} {bar.interval} q {bar.q}, tick {self._q.get(bar.symbol, 0)}"
        if held is None:
            return
        if bar.q < held.q or bar.t < held.t:
            yield at, "bar back", f"{bar} after {held}"
        elif bar.t == held.t and bar.q - bar.ticks != held.q - held.ticks:
            yield at, "bar moved", f"{bar} after {held}"
        elif bar.t > held.t and bar.q - bar.ticks != held.q:
            yield at, "bar lost", f"{bar} after {held}"
