"""Conflation: a conflating group gets the newest ticks at its turn; between turns it costs nothing.

A turn comes once per interval of the group (`protocol/interval.py`).
"""

import asyncio
import random
from collections.abc import Callable, Iterator

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.interval import INTERVALS

STEP = 0.01
"""Seconds between two steps of the wheel; every granted interval is a multiple of it."""

MAX_SLOTS = 1000
"""Slots of an interval, at most: one of an hour has a slot for each 3.6 s, not for each step."""


class _Slots:
    """The groups of one interval, spread over it."""

    def __init__(self, interval: int) -> None:
        """Spread over an interval of so many ms."""
        steps = interval // 10
        self.steps = max(1, steps // MAX_SLOTS)
        """Steps that a slot takes."""
        self.groups: list[dict[Group, None]] = [{} for _ in range(steps // self.steps)]

    def due(self, last: int, now: int) -> Iterator[Group]:
        """Give the groups whose turn has come between the step `last` and this one.

        After a long pause of the event loop, one visit to each slot is enough.
        """
        begun, newest = last // self.steps, now // self.steps
        for turn in range(max(begun, newest - len(self.groups)) + 1, newest + 1):
            yield from self.groups[turn % len(self.groups)]


class Wheel:
    """Spreads the turns of all conflating groups evenly over their interval.

    A timer wheel: each interval has a slot for every step within it, or for several steps, and what a step
    comes to is visited.
    """

    def __init__(self, turn: Callable[[Group], None], done: Callable[[], None]) -> None:
        """Call `turn` for each group whose turn has come, then `done` once after each step."""
        self._turn = turn
        self._done = done
        self._slots = {interval: _Slots(interval) for interval in INTERVALS}
        self._groups = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._step = 0

    def add(self, group: Group) -> None:
        """Add a conflating group: it gets a turn every interval from now on."""
        slots = self._slots[group.key.interval].groups
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
        del self._slots[group.key.interval].groups[group.slot][group]
        self._groups -= 1

    def _turns(self) -> None:
        if not self._groups:
            self._timer = None
            return
        # A thousandth of a step more: the time of a step may be a float that is just below it.
        now = int(self._loop.time() / STEP + 0.001)
        for slots in self._slots.values():
            for group in slots.due(self._step, now):
                self._turn(group)
        self._step = now
        self._done()
        self._timer = self._loop.call_at((now + 1) * STEP, self._turns)

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
