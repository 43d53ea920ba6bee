"""What the delayed feed has heard of the instruments of one partition: only news are copied."""

import time
from collections.abc import Iterable
from functools import partial

from tickcast.publisher.broker import Broker
from tickcast.wire.instrument import InstrumentError, decode_instrument
from tickcast.wire.notice import without_state

EVERY = 10.0
"""Seconds between two looks at all instruments; those of new symbols are looked at at once."""

SLOWER = 10_000
"""Symbols from which on that is a minute: to read them all takes Redis some ms."""

AT_ONCE = 500
"""Instruments asked for in one call."""


class Described:
    """Finds instruments that are new or have changed. A state is no part of them."""

    def __init__(self, broker: Broker, key: str) -> None:
        """`key` has the instruments of the feed."""
        self._broker = broker
        self._key = key
        self._known: dict[bytes, int] = {}
        """Symbol -> hash of the JSON of its instrument."""
        self._seen: set[bytes] = set()
        """Symbols of ticks whose instruments were asked for."""
        self._due = time.monotonic() + EVERY

    def know(self, instruments: Iterable[bytes]) -> None:
        """Take these for all that is known."""
        self._known, self._seen = {}, set()
        for json in instruments:
            self._take(json)

    async def news(self, ticking: Iterable[bytes]) -> list[bytes]:
        """Return the JSON of instruments that the delayed feed has not heard of; `ticking` have ticks now."""
        fresh = sorted({*ticking} - self._seen - self._known.keys())
        self._seen.update(fresh)
        found: list[bytes] = []
        for begin in range(0, len(fresh), AT_ONCE):
            fields = [each.decode("ascii") for each in fresh[begin : begin + AT_ONCE]]
            values = await self._broker.retry(partial(self._broker.read_fields, self._key, fields))
            found += [each for each in values if each is not None]
        if time.monotonic() >= self._due:
            found += await self._broker.retry(lambda: self._broker.ask("HVALS", self._key))
            self._due = time.monotonic() + (EVERY if len(self._known) < SLOWER else 6 * EVERY)
        return [json for json in found if self._take(json)]

    def _take(self, json: bytes) -> bool:
        """Remember an instrument; tell whether it is new or has changed."""
        try:
            symbol = decode_instrument(json).symbol.encode("ascii")
        except InstrumentError:
            return False
        value = hash(without_state(json))
        if self._known.get(symbol) == value:
            return False
        self._known[symbol] = value
        return True
