"""What the messages of an exchange say, and what a venue has to know of its protocol. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import orjson

from tickcast.publisher.sources.message_fields import rfc3339, text, whole


class Trade(NamedTuple):
    """A trade that was made. Names are in the venue's spelling."""

    name: str
    number: int
    """The exchange's number of the trade: one more with each trade of a symbol."""
    time: int
    """µs since 1970."""
    price: str
    size: str
    old: bool = False
    """One of the snapshot that follows a subscription: it may have been published long ago."""


class Quote(NamedTuple):
    """The best bid and ask of a symbol."""

    name: str
    order: int | None
    """Grows with each quote of a symbol on one connection; None: the exchange does not number them."""
    time: int | None
    """µs since 1970; None: the exchange does not say."""
    bid: str
    bid_size: str | None
    ask: str
    ask_size: str | None
    last: str | None = None
    """The price of the last trade, for symbols of which no trade is known yet."""
    last_size: str | None = None


class Last(NamedTuple):
    """The price of the last trade, for symbols of which no trade is known yet."""

    name: str
    time: int
    price: str


class Beat(NamedTuple):
    """The feed of one symbol is alive."""

    name: str
    number: int | None
    """The number of the newest trade, if it is said."""


class Confirmed(NamedTuple):
    """The exchange has taken the subscription of these symbols."""

    names: Sequence[str]


class Refused(NamedTuple):
    """The exchange has refused a subscription, or said that something is wrong."""

    names: Sequence[str]
    """The symbols that it concerns; empty: which, it did not say."""
    reason: str


class Leaving(NamedTuple):
    """The exchange will close this connection soon."""

    reason: str


Event = Trade | Quote | Last | Beat | Confirmed | Refused | Leaving


class Venue(Protocol):
    """The protocol of one exchange: text out, events in. Nothing in it waits."""

    name: str
    url: str
    most: int
    """Symbols of one connection, at most."""
    pause: float
    """Seconds between two messages to the exchange, at least."""
    quiet: float
    """Seconds without a message of a symbol after which it is stale, unless set otherwise."""

    confirms: bool
    """Whether it says of each symbol that it is subscribed to."""
    fails_whole: bool
    """Whether one symbol that is refused fails the others of its message."""

    def spelling(self, symbol: str) -> str:
        """Return the exchange's name of a symbol such as BTC-USD."""
        ...

    def subscribe(self, names: Sequence[str]) -> list[str]:
        """Return the messages that subscribe to the trades and quotes of some symbols."""
        ...

    def unsubscribe(self, names: Sequence[str]) -> list[str]:
        """Return the messages that end what `subscribe` began."""
        ...

    def probe(self) -> str | None:
        """Return a message that the exchange answers; None: its heartbeats need no asking."""
        ...

    def read(self, message: Any, names: Iterable[str]) -> list[Event]:
        """Return what a message says, often nothing; `names` are the symbols of the connection.

        Its numbers are text. Raises TickError for a message that this venue cannot have sent.
        """
        ...


def numbered_trade(message: dict[str, Any], old: bool, *, name: str, time: str, size: str) -> Trade:
    """Return the trade of a message with `trade_id` and `price`; the other fields have these names.

    Raises TickError.
    """
    return Trade(
        text(message, name),
        whole(message, "trade_id"),
        rfc3339(text(message, time)),
        text(message, "price"),
        text(message, size),
        old,
    )


def parted(symbol: str, separator: str) -> str:
    """Return a symbol with the venue's separator: BTC-USD, BTC/USD and BTC_USD mean the same."""
    return symbol.upper().replace("/", "-").replace("_", "-").replace("-", separator)


def as_text(message: dict[str, Any]) -> str:
    """Return the JSON of a message to an exchange."""
    return orjson.dumps(message).decode()
