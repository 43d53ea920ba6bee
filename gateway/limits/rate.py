"""How often something may be done: so often at once, and so often in a second from then on."""

from collections.abc import Callable
from time import monotonic

from tickcast.gateway.limits.owed import Owed


class Rates:
    """Counts by key, each by itself."""

    def __init__(self, at_once: int, per_second: float, clock: Callable[[], float] = monotonic) -> None:
        self._each = 1 / per_second
        self._most = at_once / per_second
        self._owed: Owed[bytes] = Owed(clock)

    def __len__(self) -> int:
        """Return the number of keys that are remembered."""
        return len(self._owed)

    def take(self, key: bytes) -> float:
        """Count once more for a key and return 0; or return the seconds until it may be done again."""
        if (wait := self._owed.seconds(key) + self._each - self._most) > 1e-9:
            return wait
        self._owed.add(key, self._each)
        return 0.0
