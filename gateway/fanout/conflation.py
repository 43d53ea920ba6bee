"""Conflation: a conflating group gets the newest ticks at its turn; between turns it costs nothing.

A turn comes once per interval of the group (`protocol/interval.py`).
"""

import asyncio
import random
from collections.abc import Callable

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.interval import INTERVALS

STEP = 0.01
"""Seconds between two steps of the wheel; every granted interval is a multiple of it."""


class Wheel:
    """Spreads the turns of all conflating groups evenly over their interval.

    A timer wheel: each interval has one slot for every step within it, and each step visits one slot of
    every interval.
    """

    def __init__(self, turn: Callable[[Group], None], done: Callable[[], None]) -> None:
        """Call `turn` for each group whose turn has come, then `done` once after each step."""
        self._turn = turn
        self._done = done
        self._slots: dict[int, list[dict[Group, None]]] = {
            interval: [{} for _ in range(interval // 10)] for interval in INTERVALS
        }
        self._groups = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._step = 0

    def add(self, group: Group) -> None:
        """Add a conflating group: it gets a turn every interval from now on."""
        slots = self._slots[group.key.interval]
        # The emptier of two random slots spreads groups evenly enough, without a look at every slot.
        first, second = random.randrange(len(slots)), random.randrange(len(slots))
        group.slot = first if len(slots[first]) <= len(slots[second]) else second
        slots[group.slot][group] = None
        self._groups += 1
        if self._timer is None:
            self._step = int(self._loop.time() / STEP)
            self._timer = self._loop.call_later(STEP, self._turns)

    def remove(self, group: Group) -> None:
        """Remove a group: it gets no further turns."""
        del self._slots[group.key.interval][group.slot][group]
        self._groups -= 1

    def _turns(self) -> None:
        if not self._groups:
            self._timer = None
            return
        now = int(self._loop.time() / STEP)
        # After a long pause of the event loop, one visit to each slot is enough.
        for slots in self._slots.values():
            for step in range(max(self._step + 1, now - len(slots) + 1), now + 1):
                for group in slots[step % len(slots)]:
                    self._turn(group)
        self._step = now
        self._done()
        self._timer = self._loop.call_at((now + 1) * STEP, self._turns)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
