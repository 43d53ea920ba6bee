"""Conflation: at their turns groups get the newest ticks, and in between they cost nothing."""

import asyncio
import random
from collections.abc import Callable

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.interval import INTERVALS

STEP = 0.01
"""Seconds between two steps of the wheel."""


class Wheel:
    """Spreads the turns of all conflating groups evenly over their interval.

    Each interval has a slot for every step within it; a step visits one slot of each.
    """

    def __init__(self, turn: Callable[[Group], None], done: Callable[[], None]) -> None:
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
        """Give a group its turns."""
        slots = self._slots[group.key.interval]
        # The emptier of two random slots: as even as needed, without looking at all of them.
        first, second = random.randrange(len(slots)), random.randrange(len(slots))
        group.slot = first if len(slots[first]) <= len(slots[second]) else second
        slots[group.slot][group] = None
        self._groups += 1
        if self._timer is None:
            self._step = int(self._loop.time() / STEP)
            self._timer = self._loop.call_later(STEP, self._turns)

    def remove(self, group: Group) -> None:
        """Take a group's turns away."""
        del self._slots[group.key.interval][group.slot][group]
        self._groups -= 1

    def _turns(self) -> None:
        if not self._groups:
            self._timer = None
            return
        now = int(self._loop.time() / STEP)
        # After a long pause one visit to each slot is enough.
        for slots in self._slots.values():
            for step in range(max(self._step + 1, now - len(slots) + 1), now + 1):
                for group in slots[step % len(slots)]:
                    self._turn(group)
        self._step = now
        self._done()
        self._timer = self._loop.call_at((now + 1) * STEP, self._turns)

    def close(self) -> None:
        """Stop turning."""
        if self._timer is not None:
            self._timer.cancel()
