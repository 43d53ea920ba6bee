"""Which symbols of an exchange are live: heard of lately, on a connection that was heard of lately. Pure."""

from collections.abc import Iterable, Mapping

from tickcast.publisher.source import State


class Health:
    """The symbols of one connection, by the exchange's names. Times are seconds of one clock."""

    def __init__(self, symbols: Mapping[str, str], mute: float, quiet: float, now: float) -> None:
        """`mute` is for the connection, `quiet` for each symbol."""
        self._symbols = dict(symbols)
        self._mute, self.quiet = mute, quiet
        self._heard = dict.fromkeys(symbols, now)
        self._states: dict[str, str] = {}
        self._refused: set[str] = set()
        self.newest = now
        """When the connection last said anything."""
        self.waits = False
        """What came is waiting for Redis: nothing is missing because nothing is read."""

    def hear(self, names: Iterable[str], now: float) -> list[State]:
        """Note that something came, and of which symbols; return the states that changes."""
        self.newest = now
        return [state for name in names if (state := self._hear(name, now)) is not None]

    def _hear(self, name: str, now: float) -> State | None:
        self._heard[name] = now
        self._refused.discard(name)
        return self._turn(name, "live")

    def refuse(self, names: Iterable[str]) -> list[State]:
        """Note that the exchange refuses symbols; return the states that changes."""
        refused = [name for name in names if name in self._symbols]
        self._refused.update(refused)
        return [state for name in refused if (state := self._turn(name, "stale")) is not None]

    def check(self, now: float) -> list[State]:
        """Return the states that change because nothing came."""
        if self.waits:
            return []
        mute = now - self.newest > self._mute
        found = [
            self._turn(name, "stale") for name, at in self._heard.items() if mute or self._is_quiet(at, now)
        ]
        return [state for state in found if state is not None]

    def quiet_names(self, now: float, share: float = 0.5) -> list[str]:
        """Return the symbols silent for that share of the time that makes them stale."""
        return [name for name, at in self._heard.items() if now - at > self.quiet * share]

    def _is_quiet(self, at: float, now: float) -> bool:
        return now - at > self.quiet

    def _turn(self, name: str, state: str) -> State | None:
        if self._states.get(name) == state:
            return None
        self._states[name] = state
        return State(self._symbols[name], state)
