"""Whether the bars that a client was sent add up. Pure.

Every state of a bar is what the `n` ticks up to its `q` make; a bar goes on where the one before it ended;
none is ahead of the ticks of its stream, and none goes back.

Where Redis lost the log together with the publisher that remembered its ticks, nobody can count those: a new
epoch tells readers of a gap, and bars go on with the ticks that are left.
"""

from collections.abc import Iterator
from decimal import Decimal

from tests.faults.referee.ledger import Accepted, Ledger
from tests.faults.referee.trace import CONNECTION, Bar, Event, Tick, Trace

Found = tuple[int, str, str]
"""When, kind and detail of a fault."""


class BarCheck:
    """Checks the bars of all clients, each state of a bar once."""

    def __init__(self, ledger: Ledger, holes: bool = False) -> None:
        """`holes`: ticks right before a new epoch may be lost to bars."""
        self.checked = 0
        self._holes = holes
        self._ledger = ledger
        self._verdicts: dict[tuple[Bar, tuple[int, ...]], str] = {}
        self._at_q: dict[str, dict[int, list[int]]] = {}

    def judge(self, trace: Trace) -> Iterator[Found]:
        """Give the faults of one client's bars."""
        if trace.plan.bars:
            walk = _Walk(self._holes)
            for event in trace.events:
                yield from walk.on(event)
                if event.kind == "bar" and (wrong := self.wrong(event.data, event.at)):
                    yield event.at, "bar does not add up", f"{wrong}: {event.data}"

    def wrong(self, bar: Bar, at: int) -> str:
        """Return what a bar should not say; empty if it adds up, or if its ticks are not all known.

        It came at the time `at`: no epoch has made it that began later.
        """
        lasts = tuple(last for last in self._last(bar) if self._began(bar, last) <= at)
        found = self._verdicts.get((bar, lasts))
        if found is None:
            found = self._verdicts[bar, lasts] = self._compare(bar, lasts)
        return found

    def _began(self, bar: Bar, place: int) -> int:
        return self._ledger.began.get(self._ledger.ticks[bar.symbol][place].epoch, 0)

    def _compare(self, bar: Bar, lasts: tuple[int, ...]) -> str:
        wrongs = []
        for last in lasts:
            ticks = self._ending(bar, last)
            if len(ticks) != bar.ticks:
                wrongs.append("")  # perhaps this epoch has made it, before the ledger began
            else:
                self.checked += 1
                wrongs.append(_difference(bar, ticks))
        # The same q may stand in several epochs; one of them has made the bar.
        if not wrongs or "" in wrongs:
            return ""
        if self._holes and any(self._has_hole(bar, last) for last in lasts):
            return ""
        return wrongs[-1]

    def _has_hole(self, bar: Bar, last: int) -> bool:
        """Tell whether the bar adds up without the ticks right before a new epoch, as many as it lacks."""
        within: list[Accepted] = []
        for each in reversed(self._ledger.ticks[bar.symbol][: last + 1]):
            # Only its own count of q: an epoch before it may have begun within the same minute.
            if each.tick.q == bar.q - len(within) and not each.restored:
                if each.tick.t < bar.t:
                    break
                within.append(each)
        within.reverse()
        lacking = len(within) - bar.ticks
        return lacking > 0 and any(
            within[at].epoch != within[at - 1].epoch
            and not _difference(bar, within[: at - lacking] + within[at:])
            for at in range(lacking + 1, len(within))
        )

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

    def __init__(self, holes: bool) -> None:
        self._holes = holes
        self._held: dict[tuple[str, str], Bar] = {}
        self._q: dict[str, int] = {}
        self._begun: dict[str, int] = {}
        """q of each symbol where the stream began, or began again: bars may lack ticks up to there."""
        self._jump = False
        self._symbols: set[str] = set()

    def on(self, event: Event) -> Iterator[Found]:
        """Take the next event; give what is wrong with it."""
        if event.kind == "tick":
            self._ticks([event.data], False)
        elif event.kind in ("ticks", "snapshot"):
            self._ticks(event.data, event.kind == "snapshot")
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

    def _ticks(self, ticks: list[Tick], snapshot: bool) -> None:
        self._jump = self._jump and snapshot
        for tick in ticks:
            self._q[tick.symbol] = tick.q
            if self._jump:
                self._begun[tick.symbol] = tick.q

    def _forget(self) -> None:
        # What lies between is among what the stream has said to be missing.
        self._held.clear()
        self._jump = True

    def _bar(self, bar: Bar, at: int) -> Iterator[Found]:
        key = (bar.symbol, bar.interval)
        held = self._held.get(key)
        self._held[key] = bar
        if bar.symbol in self._symbols and bar.q > self._q.get(bar.symbol, 0):
            yield at, "bar ahead", f"{bar.symbol} {bar.interval} q {bar.q}, tick {self._q.get(bar.symbol, 0)}"
        if held is None:
            return
        lacking = bar.q - bar.ticks - (held.q - held.ticks if bar.t == held.t else held.q)
        if self._holes and 0 < lacking <= self._begun.get(bar.symbol, 0) - held.q:
            return
        if bar.q < held.q or bar.t < held.t:
            yield at, "bar back", f"{bar} after {held}"
        elif bar.t == held.t and bar.q - bar.ticks != held.q - held.ticks:
            yield at, "bar moved", f"{bar} after {held}"
        elif bar.t > held.t and bar.q - bar.ticks != held.q:
            yield at, "bar lost", f"{bar} after {held}"
