"""The restart policy: when a dead program starts again, and when `up` gives it up. Pure."""

from signal import Signals

QUICK_DEATH = 10.0
"""Seconds; a program that ran for less died a quick death."""

MAX_QUICK_DEATHS = 5
"""Quick deaths in a row at which the program is given up."""

_FIRST_DELAY = 0.2
_CONFIGURATION = (1, 2)


class RestartPolicy:
    """The policy for one program, which counts its deaths."""

    def __init__(self) -> None:
        self._first = True
        self._quick = 0

    def delay_after(self, code: int, lived: float) -> float | None:
        """Return the seconds to wait before the next start, None to give up.

        `code` is the exit code (negative for a signal), `lived` the seconds that the program ran.
        """
        first, self._first = self._first, False
        if lived >= QUICK_DEATH:
            self._quick = 0
            return _FIRST_DELAY
        # An error at the first start comes from a wrong file or flag: another start would not help.
        if first and code in _CONFIGURATION:
            return None
        self._quick += 1
        return None if self._quick >= MAX_QUICK_DEATHS else _FIRST_DELAY * 2 ** (self._quick - 1)


def cause(code: int) -> str:
    """Return the cause of a process's end, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
