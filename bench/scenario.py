"""A scenario: one question about speed, with the means to answer it."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.cores import Cores
from bench.result import Result


@dataclass(frozen=True)
class Options:
    """What the command line may change; None: the scenario's own figure."""

    clients: int | None = None
    rate: float | None = None
    """Ticks a second over all symbols."""
    symbols: int | None = None
    seconds: float | None = None
    """Length of each measured window."""
    rivals: bool = True
    """Measure baselines and rivals too."""


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
