"""What `tickcast.follow` yields: ticks, bars, gaps and states, each a named tuple.

Numbers are Decimal or float, as `follow` was asked for; times are µs since 1970, as in the stream.
"""

from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

N = TypeVar("N", Decimal, float)
"""The type of prices, sizes and volumes."""


class Tick(NamedTuple, Generic[N]):
    """One update of one symbol. What its source does not have is None."""

    symbol: str
    q: int
    """Sequence of the symbol: 1 more than in its tick before, until it is retired."""
    time: int
    """Time of the source, µs since 1970."""
    price: N
    """Last price."""
    size: N | None
    """Size of the last trade."""
    bid: N | None
    """Best bid."""
    bid_size: N | None
    ask: N | None
    """Best ask."""
    ask_size: N | None
    volume: N | None
    """Volume traded in the day so far."""
    src: str | None
    """`sim`: a simulator made this price; `rec`: it is played from a recording; None: it is real."""
    snapshot: bool
    """It is the newest of a snapshot, and not an update that has just happened."""


class Bar(NamedTuple, Generic[N]):
    """One bar of one symbol. It comes again while it changes, and is final when a later one comes."""

    symbol: str
    interval: str
    """`1s`, `1m`, `15m` or `1d`."""
    start: int
    """µs since 1970."""
    open: N
    high: N
    low: N
    close: N
    volume: N | None
    """Volume traded in the bar; None if the source gives neither sizes nor volume."""
    ticks: int
    """Number of ticks in the bar, at least 1."""
    q: int
    """Sequence of its last tick."""


class Gap(NamedTuple):
    """Ticks or bars are missing and will not come. The newest ticks of what has changed follow."""

    reason: str
    """`slow`: this program did not read fast enough; `retention`: gateways do not have them any more;
    `feed`: Redis has lost data; `reset`: this program was away for too long; `hole`: a sequence number was
    left out without a word, which is a fault of a gateway."""
    before: str | None
    """Cursor of the last event before the gap; None if there is none."""
    after: str | None
    """Cursor of the end of the gap; None while it is not known."""


class Status(NamedTuple):
    """Prices of the whole stream have become live or stale."""

    feed: str
    """`live` or `stale`. Without a connection it is `stale`."""
    age: int | None
    """Age of the newest ticks in ms, by the clock of Redis; None where it is not known."""
    reason: str | None
    """Why they are stale, in words; None if they are live."""


class State(NamedTuple):
    """The state of one symbol has changed, or follows a snapshot. One of which nothing is said is live."""

    symbol: str
    state: str
    """`live`, `stale`, `halted`, `closed` or `suspect`."""
    since: int | None
    """µs since 1970; None where it is not known."""


class Retired(NamedTuple):
    """Symbols have left the feed: their prices are no longer true. If one returns, its `q` begins at 1."""

    symbols: tuple[str, ...]
    reason: str
    """`producer`, `operator`, `idle`, `source` or `unknown`, as docs/protocol.md has them; `reset`: after a
    loss, the snapshot of everything does not have them any more."""


class StreamState(NamedTuple):
    """How a stream stands right now."""

    link: str
    """`connecting`; `open`: the gateway has said hello; `waiting`: for the next attempt; `closed`."""
    feed: str
    """`live` or `stale`; empty until a gateway has said so. Without a connection it is `stale`."""
    reason: str
    """Why it waits, or why the feed is stale, in words; empty if neither."""
    gateway: str
    """Name of the gateway, of the last one while there is none."""
    interval: int
    """ms granted; 0 is every tick."""
    epoch: str
    """Epoch of the feed; empty until a gateway has named it."""
    delay: int
    """ms by which all prices are late on purpose."""
    reconnects: int
    """Times that the stream was opened again."""


Event = Tick[N] | Bar[N] | Gap | Status | State | Retired
"""Anything that a stream yields."""
