"""The methods by which a program publishes, the same for Publisher and BlockingPublisher."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from tickcast.client.fields import Moment, Number
from tickcast.client.lines import Line, description_line, retired_line, state_line, tick_line

Done = TypeVar("Done")
"""What a method returns: something to await, or None when it is done."""


class Methods(ABC, Generic[Done]):
    """Publishes ticks and what is said of symbols, line by line.

    Each method raises FieldError at the call for a bad field, and PublishError if Redis refuses what is
    handed in; the line is not published then.
    """

    @abstractmethod
    def _put(self, line: Line) -> Done:
        """Add a line when there is room. Raises PublishError."""

    def publish(
        self,
        symbol: str,
        *,
        price: Number,
        time: Moment = None,
        size: Number | None = None,
        bid: Number | None = None,
        bid_size: Number | None = None,
        ask: Number | None = None,
        ask_size: Number | None = None,
        volume: Number | None = None,
    ) -> Done:
        """Publish a tick. Numbers keep their digits: str, int, Decimal, or float as Python prints it.

        `time` is in µs since 1970, or a datetime with a time zone, or None for now.
        """
        return self._put(tick_line(symbol, price, time, size, bid, bid_size, ask, ask_size, volume))

    def describe(
        self,
        symbol: str,
        *,
        name: str | None = None,
        currency: str | None = None,
        tick: Number | None = None,
        reference: Number | None = None,
        session: str | None = None,
        timezone: str | None = None,
    ) -> Done:
        """Describe a symbol; what is None stays as it was.

        `tick` is the tick size, to which prices are rounded; `reference` the price that a change is measured
        from; `session` the trading hours, in the time zone `timezone` (an IANA name).
        """
        return self._put(description_line(symbol, name, currency, tick, reference, session, timezone))

    def state(self, symbol: str, state: str) -> Done:
        """Give a symbol a state: `live`, `stale`, `halted`, `closed` or `suspect`."""
        return self._put(state_line(symbol, state))

    def retire(self, symbol: str) -> Done:
        """Say that a symbol is gone."""
        return self._put(retired_line(symbol))
