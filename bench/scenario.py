"""A scenario: a question about speed, and the function that measures the answer."""

from collections.abc import Callable
from dataclasses import dataclass

from tickcast.bench.cores import Cores
from tickcast.bench.options import Options
from tickcast.bench.result import Result


@dataclass(frozen=True)
class Bench:
    """The environment of a scenario."""

    cores: Cores
    options: Options
    say: Callable[[str], None]
    """Shows the current step."""


@dataclass(frozen=True)
class Scenario:
    """A scenario of the catalogue."""

    name: str
    summary: str
    """A line, for the list of scenarios."""
    run: Callable[[Bench], Result]
    seconds: float
    """Expected duration with its own figures on two cores; all of `all` must take less than 15 minutes."""
