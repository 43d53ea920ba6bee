"""How often a subject may have prices without a stream: as often as its streams get them, on average."""

import math
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from tickcast.gateway.limits.fields import limit_fields
from tickcast.gateway.limits.owed import Owed
from tickcast.runtime.problem import Problem


class Pace:
    """Counts by subject, each by itself."""

    def __init__(self, at_once: int, clock: Callable[[], float] = monotonic) -> None:
        """`at_once`: answers that may come without a pause."""
        self.refused = 0
        """Requests refused because the subject has had its prices lately."""
        self._at_once = at_once
        self._owed: Owed[str] = Owed(clock)

    def __len__(self) -> int:
        """Return the number of subjects that are remembered."""
        return len(self._owed)

    def check(self, subject: str, interval: int) -> None:
        """Count an answer for a subject that may have one every so many ms. Raises Problem (429)."""
        each = interval / 1000
        if (wait := self._owed.seconds(subject) + each - self._at_once * each) > 1e-9:
            self.refused += 1
            seconds = math.ceil(wait)
            # A window of whole seconds, and what comes in one.
            window = math.ceil(self._at_once * each)
            quota = max(self._at_once, int(window / each))
            raise Problem(
                429,
                f"your token allows prices every {interval} ms; ask less often, or open a stream",
                {"retry-after": str(seconds), **limit_fields("pace", quota, window, seconds)},
            )
        self._owed.add(subject, each)


class Paces(NamedTuple):
    """Of each way of reading."""

    snapshots: Pace
    bars: Pace

    @property
    def refused(self) -> int:
        """Return how many requests were refused by pace."""
        return self.snapshots.refused + self.bars.refused


def paces() -> Paces:
    """Return those of a gateway. A page asks for the bars of all that is in sight when it opens."""
    return Paces(Pace(2), Pace(100))
