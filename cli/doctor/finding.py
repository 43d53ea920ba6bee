"""What a check finds. Each check has a stable name, and says one of four things."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """What a finding means. The worst comes first."""

    FAULT = "fault"
    """Something does not work, or works for whom it should not."""
    WARNING = "warning"
    """It works, and something will go wrong sooner or later."""
    UNCHECKED = "unchecked"
    """Nobody knows: the check could not be made."""
    OK = "ok"


class Finding(NamedTuple):
    """What one check found at one place."""

    name: str
    """Name of the check, in kebab case; docs/doctor.md lists them."""
    level: Level
    what: str
    """What was seen, in a sentence; for an unchecked one the reason why."""
    mend: str = ""
    """What to do, in a sentence; empty if there is nothing to do."""

    def as_dict(self) -> dict[str, str]:
        """Return it for JSON."""
        return {**self._asdict(), "level": self.level.value}


def ok(name: str, what: str) -> Finding:
    """Return the finding that nothing is wrong."""
    return Finding(name, Level.OK, what)


def fault(name: str, what: str, mend: str) -> Finding:
    """Return the finding of a fault."""
    return Finding(name, Level.FAULT, what, mend)


def warning(name: str, what: str, mend: str) -> Finding:
    """Return the finding of what will go wrong."""
    return Finding(name, Level.WARNING, what, mend)


def unchecked(names: Iterable[str], why: str, mend: str = "") -> list[Finding]:
    """Return the findings that some checks could not be made, and why."""
    return [Finding(name, Level.UNCHECKED, why, mend) for name in names]
