"""How long a gateway rests after a piece of a round: as long as keeps the loop below a busy share.

A rest makes frames larger and fewer, which saves CPU and costs latency. So only a busy loop rests.
"""

from collections.abc import Callable

WINDOW = 0.1
"""Seconds over which the busy share is measured, at least."""

MAX_FACTOR = 2.0
"""Rest as a multiple of the work before it, at most: rounds keep a third of the time."""

MIN_REST = 0.0005
"""Seconds of one rest, at least: a loop rounds its timers up to a ms. Less is added to the next rest."""

MAX_REST = 0.25
"""Seconds of rest in a round, at most.

Where a round takes long, its frames are large already: then longer rests save hardly any CPU.
"""

MAX_CREDIT = 0.05
"""Seconds of rests that ended late that count against later rests, at most."""

GAIN = 0.5
"""Part of a deviation of the busy share that one window corrects.

Each window halves a deviation, so a step in load settles within half a second. Below 1 nothing overshoots: if
rounds take one percent more of the time, the busy share rises by one percent at most.
"""

_LEAST = 1 / (1 + MAX_FACTOR)


class Rest:
    """Measures how busy the loop is, and lengthens or shortens the rests to meet a bound.

    It controls the share of the time that rounds may take, from a third to all of it, because the busy share
    follows that in proportion; a factor of rest does not.
    """

    def __init__(self, bound: float, idle: Callable[[], float], clock: Callable[[], float]) -> None:
        """Rest when the loop is busy for more than `bound` of the time, from 0 to 1.

        `idle` returns how many seconds the loop has been idle so far, `clock` returns the time in seconds.
        """
        self._bound = bound
        self._idle = idle
        self._clock = clock
        self._allowed = 1.0  # the share of the time for rounds
        self._owed = 0.0  # seconds of rest
        self._rested = 0.0  # seconds in this round
        self._busy = 0.0
        self._began, self._idle_then = clock(), idle()

    @property
    def factor(self) -> float:
        """The rest, as a multiple of the work before it."""
        return 1 / self._allowed - 1

    @property
    def busy(self) -> float:
        """The busy share of the loop in the newest window, from 0 to 1."""
        self._look(self._clock())
        return self._busy

    @property
    def is_strained(self) -> bool:
        """Whether the loop is busier than the bound, or would be without rests."""
        self._look(self._clock())
        return self._allowed < 1.0

    def after(self, now: float, work: float) -> float:
        """Return the seconds of rest after a piece of `work` seconds that ends now."""
        self._look(now)
        self._owed += work * self.factor
        if self._owed < MIN_REST:
            return 0.0
        rest, self._owed = min(self._owed, max(0.0, MAX_REST - self._rested)), 0.0
        self._rested += rest
        return rest

    def end_round(self) -> None:
        """Let the next round rest as long as any; call it after the last piece of a round."""
        self._rested = 0.0

    def overslept(self, seconds: float) -> None:
        """Count the time by which a rest was longer than asked: the next rests are shorter by as much.

        Where other processes take the CPU, each rest ends late; rounds would keep less than their share.
        """
        self._owed = max(self._owed - max(0.0, seconds), -MAX_CREDIT)

    def _look(self, now: float) -> None:
        took = now - self._began
        if took < WINDOW:
            return
        idle = self._idle()
        self._busy = min(max(1 - (idle - self._idle_then) / took, 0.0), 1.0)
        self._began, self._idle_then = now, idle
        # A long window is as much evidence as several short ones.
        gain = 1 - (1 - GAIN) ** (took / WINDOW)
        allowed = self._allowed + gain * (self._bound - self._busy)
        self._allowed = min(max(allowed, _LEAST), 1.0)
