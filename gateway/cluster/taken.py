"""Asks between gateways are taken once: the numbers of the last minute, and when an ask is too old."""

import time
from collections import deque

FRESH = 30.0
"""Seconds by which the clocks of two gateways may differ, and an ask may be on its way."""

MOST = 50_000
"""Asks that are remembered, at most; more in a minute are not taken."""


class TakenAsks:
    """Tells whether an ask may be taken: it is of now, and was not taken before."""

    def __init__(self) -> None:
        self._numbers: set[bytes] = set()
        self._order: deque[tuple[float, bytes]] = deque()

    def take(self, number: bytes, sent: int) -> str:
        """Take an ask that was `sent`, in ms since 1970; return why it may not be taken, empty if it is."""
        now = time.time()
        while self._order and self._order[0][0] < now:
            self._numbers.discard(self._order.popleft()[1])
        if abs(now - sent / 1000) > FRESH:
            return "an ask of another time"
        if number in self._numbers:
            return "an ask that was taken before"
        if len(self._numbers) >= MOST:
            return "too many asks"
        self._numbers.add(number)
        # No copy of it is fresh after that, however far the sender's clock is ahead.
        self._order.append((now + 2 * FRESH, number))
        return ""
