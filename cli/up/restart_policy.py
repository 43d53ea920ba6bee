"""When to start a program again that has died, and when to give up. Pure."""

from signal import Signals

QUICK_DEATH = 10.0
"""A life shorter than this, in s, is a quick death."""

MAX_QUICK_DEATHS = 5
"""Quick deaths in a row that are one too many."""

_FIRST_DELAY = 0.2
_CONFIGURATION = (1, 2)


class RestartPolicy:
    """The deaths of one program."""

    def __init__(self) -> None:
        self._first = True
        self._quick = 0

    def delay_after(self, code: int, lived: float) -> float | None:
        """Return the seconds to wait before it is started again, None to give up.

        `code` as subprocess has it, `lived` in s.
        """
        first, self._first = self._first, False
        if lived >= QUICK_DEATH:
            self._quick = 0
            return _FIRST_DELAY
        # Refusing at the very start means that something must be mended first: a file, a flag.
        if first and code in _CONFIGURATION:
            return None
        self._quick += 1
        return None if self._quick >= MAX_QUICK_DEATHS else _FIRST_DELAY * 2 ** (self._quick - 1)


def cause(code: int) -> str:
    """Return how a process ended, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
