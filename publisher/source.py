"""A source: where ticks come from. Sources are found by name, so that users add their own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol

from tickcast.wire.instrument import Instrument
from tickcast.wire.tick import Tick

GROUP = "tickcast.sources"
"""The entry point group that names sources."""


class SourceError(Exception):
    """The source cannot run; the message is one line that says what to do."""


@dataclass(frozen=True)
class SourceOptions:
    """What a source may want to know. Each takes what concerns it."""

    symbols: int = 50
    """Number of symbols to simulate."""
    rate: float = 500.0
    """Ticks a second over all symbols, on average."""
    seed: int | None = None
    """Seed of random numbers; None: a new one each run."""
    file: str | None = None
    """Path of a recording."""
    speed: float | None = 1.0
    """Times the recorded pace; None: as fast as possible."""
    loop: bool = False
    """Begin again at the end of the recording."""
    last: Mapping[str, Tick] = field(default_factory=dict)
    """The newest tick of each symbol in Redis, so that prices go on where they stood."""


class Source(Protocol):
    """An async iterator of lists of ticks; an async generator will do.

    It may carry `instruments`, a sequence of Instrument; symbols it does not describe are
    described from their ticks (`publisher.derived_instruments`). It may say `checked = True`: its ticks are
    valid and on the grid of its tick sizes by construction, so the publisher does not check them again.
    It ends by returning, and fails by raising SourceError.
    """

    def __aiter__(self) -> AsyncIterator[list[Tick]]: ...


SourceFactory = Callable[[SourceOptions], Source]


def instruments_of(source: Source) -> Sequence[Instrument]:
    """Return what the source tells of its symbols; nothing, if it does not."""
    found: Sequence[Instrument] = getattr(source, "instruments", ())
    return found


def source_names() -> list[str]:
    """Return the names of all installed sources."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def load_source(name: str) -> SourceFactory:
    """Return the factory of the source called `name`. Raises SourceError."""
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            try:
                factory: SourceFactory = entry.load()
            except Exception as error:
                raise SourceError(f"source {name!r} cannot be loaded: {error!r}") from error
            return factory
    raise SourceError(f"no source is called {name!r}; there are: {', '.join(source_names())}")
