"""The restart policy: when a dead program starts again. Pure."""

from signal import Signals

from tickcast.runtime.errors import BAD_SETTINGS

QUICK_DEATH = 10.0
"""Seconds; a program that ran for less died a quick death."""

MAX_QUICK_DEATHS = 5
"""Quick deaths in a row after which a program counts as one that does not stay up."""

LONGEST_DELAY = 60.0
"""Seconds; a program that does not stay up is started again this often at least."""

_FIRST_DELAY = 0.2
_CRASH = 1
"""The exit code of a Python program that an exception has ended, and of much else."""


class RestartPolicy:
    """The policy for one program, which counts its deaths."""

    def __init__(self) -> None:
        self._first = True
        self._quick = 0

    @property
    def stays_up(self) -> bool:
        """Tell whether the program has not died quickly too often in a row."""
        return self._quick < MAX_QUICK_DEATHS

    def delay_after(self, code: int, lived: float, starting: bool = False) -> float | None:
        """Return the seconds to wait before the next start, None for a program that refuses its settings.

        `code` is the exit code (negative for a signal), `lived` the seconds that the program ran; `starting`
        means that the other programs are not up yet: on a busy machine each takes long to start.
        """
        first, self._first = self._first, False
        # An error at the first start comes from a wrong file or flag: another start would not help.
        if first and code == BAD_SETTINGS and (starting or lived < QUICK_DEATH):
            return None
        # Nothing runs yet that the end of a program could take with it.
        if first and code == _CRASH and starting:
            return None
        if lived >= QUICK_DEATH:
            self._quick = 0
            return _FIRST_DELAY
        self._quick += 1
        doublings = min(self._quick - 1, 16)
        return min(LONGEST_DELAY, _FIRST_DELAY * float(2**doublings))


def cause(code: int) -> str:
    """Return the cause of a process's end, in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
