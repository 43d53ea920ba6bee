"""What is owed by each key, such as an address, as the moment at which it is paid off: time itself pays.

Every bound on how often, or how long, something may be done is a bound on how far off that moment is.
"""

from collections.abc import Callable, Hashable, Iterator
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

SWEPT = 1024
"""Keys from which on those are forgotten that owe nothing."""


class Owed(Generic[K]):
    """One number for each key that owes something."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """`clock` returns seconds."""
        self._clock = clock
        self._paid_off: dict[K, float] = {}
        self._sweep_at = SWEPT

    def __len__(self) -> int:
        """Return the number of keys that are remembered."""
        return len(self._paid_off)

    def __contains__(self, key: K) -> bool:
        """Tell whether a key is remembered."""
        return key in self._paid_off

    def __iter__(self) -> Iterator[K]:
        """Return the keys that are remembered; some of them may owe nothing any more."""
        return iter(self._paid_off)

    def seconds(self, key: K) -> float:
        """Return in how many seconds a key will have paid off; 0: it owes nothing."""
        return max(0.0, self._paid_off.get(key, 0.0) - self._clock())

    def add(self, key: K, seconds: float, most: float = float("inf"), now: float | None = None) -> None:
        """Let a key owe so many seconds more, but no more than `most` in all. `now`: what the clock shows."""
        # Each stream that opens comes here five times, so every call counts.
        if now is None:
            now = self._clock()
        paid_off, last = self._paid_off, now + most
        own = paid_off.get(key, now)
        own = (own if own > now else now) + seconds
        paid_off[key] = own if own < last else last
        if len(paid_off) >= self._sweep_at:
            self._paid_off = {each: at for each, at in paid_off.items() if at > now}
            self._sweep_at = max(SWEPT, 2 * len(self._paid_off))
