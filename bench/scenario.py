"""A scenario: one question about speed, with the means to answer it."""

from collections.abc import Callable
from dataclasses import dataclass

from tickcast.bench.cores import Cores
from tickcast.bench.options import Options
from tickcast.bench.result import Result


@dataclass(frozen=True)
class Bench:
    """What a scenario works with."""

    cores: Cores
    options: Options
    say: Callable[[str], None]
    """Shows what is being done."""


@dataclass(frozen=True)
class Scenario:
    """A scenario by name."""

    name: str
    summary: str
    """One line, for the list."""
    run: Callable[[Bench], Result]
    seconds: float
    """How long it takes with its own figures on two cores; `all` must stay below a quarter of an hour."""
