"""A source yields the ticks of the feed. Sources are found by name, so that users can add their own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple, Protocol

from tickcast.publisher.sources.kafka_positions import Start
from tickcast.publisher.sources.times import MAX_AHEAD, TimeUnit
from tickcast.wire.inbox import Description
from tickcast.wire.instrument import Instrument
from tickcast.wire.symbol import Case
from tickcast.wire.tick import SRC, Tick

GROUP = "tickcast.sources"
"""The entry point group in which sources are found by name."""


class SourceError(Exception):
    """The source cannot run. The message is one line that says what to do."""


class Retire(NamedTuple):
    """A source yields it among its ticks where a symbol is gone."""

    symbol: str


class State(NamedTuple):
    """A source yields it among its ticks where the state of a symbol changes."""

    symbol: str
    state: str
    """`live`, `stale`, `halted`, `closed` or `suspect`."""
    since: int | None = None
    """µs since 1970; None: now."""


SourceItem = Tick | Retire | State | Description
"""What a source's lists hold."""


def _all(symbol: str) -> bool:
    return True


@dataclass(frozen=True)
class SourceOptions:
    """Options of a source, from the publisher's settings. A source ignores options that do not concern it."""

    symbols: int = 50
    """Number of symbols to simulate."""
    names: tuple[str, ...] = ()
    """Symbols that the user names, for sources of exchanges."""
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
    time_unit: TimeUnit = "us"
    """The unit of the times in lines of JSON or CSV."""
    nats_url: str = "nats://127.0.0.1:4222"
    """URLs of NATS servers, with commas between, for `nats`."""
    nats_subject: str = "tickcast.>"
    """The subject of NATS whose messages are read."""
    kafka_servers: str = "127.0.0.1:9092"
    """Addresses of Kafka brokers, with commas between, for `kafka`."""
    kafka_topic: str = "tickcast"
    """The topic of Kafka that is read."""
    kafka_group: str = "tickcast-main"
    """The group under which Kafka keeps how far the topic was read."""
    kafka_start: Start = "newest"
    """Where a topic is read from that was not read before; `live`: always from the newest message on."""
    kafka_security_file: Path | None = None
    """File that says how to connect to Kafka: TLS, user and password."""
    exchange_url: str | None = None
    """URL of the websocket of an exchange; None: the exchange's own."""
    exchange_quiet: float | None = None
    """Seconds without a message of a symbol after which it is stale; None: the venue's own."""
    max_ahead: float = MAX_AHEAD
    """Seconds that the time of a tick may be ahead of this machine's clock, at most."""
    symbol_case: Case = "upper"
    """Whether symbols become upper-case, or keep their case."""
    again: bool = False
    """This publisher has led before, and another one since: what has waited at the input is old."""
    leads: Callable[[str], bool] = _all
    """Whether this publisher leads the partition of a symbol; ticks of other symbols are left out."""
    last: Mapping[str, Tick] = field(default_factory=dict)
    """The newest tick of each symbol in Redis, so that prices can continue from it after a restart."""


class Source(Protocol):
    """An async iterator of lists of ticks, `Description`, `Retire` and `State`; an async generator will do.

    An attribute `instruments`, a sequence of Instrument, describes its symbols; what neither they nor
    a `Description` say is derived from the ticks (`publisher.derived_instruments`). An attribute
    `checked = True` says that its ticks are valid and multiples of the tick sizes in `instruments`, so that
    the publisher does not check them; then a list that begins with a tick holds only ticks, any other none.
    An attribute `src`, `"sim"` or `"rec"`, says that its prices are simulated, or played from a recording:
    every tick carries it.
    A method `keep(leads)` is called when this publisher gives partitions to another one: from then on ticks
    of symbols that it does not lead are left out.
    A method `written(count)` is called when Redis has all that came of the first `count` lists, so that the
    source can say so where they came from. It must not raise. A list of which something was dropped, because
    its partition was lost or given away, is never counted, and no later one is.
    The iterator ends when the input ends, and raises SourceError when it cannot go on.
    """

    def __aiter__(self) -> AsyncIterator[Sequence[SourceItem]]: ...


SourceFactory = Callable[[SourceOptions], Source]
"""What an entry point names: it makes a source, or raises SourceError for wrong options.

An attribute `shared = True` says that several publishers may run such a source side by side, each for the
partitions that it leads. Without it one publisher leads all partitions, and the others stand by.

An attribute `takes` names the fields of SourceOptions that the source takes; `symbols` stands for `names`.
Another option is refused on the command line, and a warning in the log if it comes from the environment.
Without the attribute every option may be given.
"""

SourceMaker = Callable[[dict[str, Tick], Callable[[str], bool]], Source]
"""Makes a source from the newest tick of each symbol and from `SourceOptions.leads`."""


def instruments_of(source: Source) -> Sequence[Instrument]:
    """Return the instruments with which the source describes its symbols, if any."""
    found: Sequence[Instrument] = getattr(source, "instruments", ())
    return found


def src_of(source: Source) -> str:
    """Return the source's `src`; empty: its prices are real. Raises SourceError for any other than SRC."""
    found = getattr(source, "src", "")
    if found not in ("", *SRC):
        raise SourceError(f"the source's src is {found!r}; it may be {' or '.join(SRC)}, or be left out")
    return str(found)


def is_shared(factory: SourceFactory) -> bool:
    """Tell whether several publishers may run such a source side by side."""
    return bool(getattr(factory, "shared", False))


def reads_inbox(source: Source) -> bool:
    """Tell whether the ticks are handed in by other programs, and the source itself yields none."""
    return bool(getattr(source, "reads_inbox", False))


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
