"""A source yields the ticks of the feed. Sources are found by name, so that users can add their own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol

from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

GROUP = "tickcast.sources"
"""The entry point group in which sources are found by name."""


class SourceError(Exception):
    """The source cannot run. The message is one line that says what to do."""


@dataclass(frozen=True)
class SourceOptions:
    """Options of a source, from the publisher's settings. A source ignores options that do not concern it."""

    symbols: int = 50
    """Number of symbols to simulate."""
    rate: float = 500.0
    """Ticks a second over all symbols, on average."""
    seed: int | None = None
    """Seed of random numbers; None: different numbers in each run."""
    file: str | None = None
    """Path of a recording, for `replay`."""
    speed: float | None = 1.0
    """Multiple of the recorded pace; None: as fast as possible."""
    loop: bool = False
    """Begin the recording again at its end."""
    last: Mapping[str, Tick] = field(default_factory=dict)
    """The newest tick of each symbol in Redis, so that prices can continue from it after a restart."""


class Source(Protocol):
    """An async iterator of lists of ticks; an async generator will do.

    An attribute `instruments`, a sequence of Instrument, describes its symbols; instruments of all other
    symbols are derived from their ticks (`publisher.derived_instruments`). An attribute `checked = True`
    says that its ticks are valid and multiples of its tick sizes, so that the publisher does not check them.
    The iterator ends when the input ends, and raises SourceError when it cannot go on.
    """

    def __aiter__(self) -> AsyncIterator[list[Tick]]: ...


SourceFactory = Callable[[SourceOptions], Source]
"""What an entry point names: it makes a source, or raises SourceError for wrong options."""


def instruments_of(source: Source) -> Sequence[Instrument]:
    """Return the instruments with which the source describes its symbols, if any."""
    found: Sequence[Instrument] = getattr(source, "instruments", ())
    return found


def source_names() -> list[str]:
    """Return the names of all installed sources."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def load_source(name: str) -> SourceFactory:
    """Return the factory of the source `name`. Raises SourceError if it is missing or cannot be loaded."""
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            try:
                factory: SourceFactory = entry.load()
            except Exception as error:
                raise SourceError(f"source {name!r} cannot be loaded: {error!r}") from error
            return factory
    raise SourceError(f"no source is called {name!r}; there are: {', '.join(source_names())}")
