"""Load clients that examine ticks, as samples: a count alone does not prove enough. Pure.

A lost tick and a repeated tick leave a client's count unchanged. `Checker` examines each tick.
`SummingClient` also adds up the `q`, for a third of the cost. `NewestClient` knows the newest tick of each
symbol.
"""

import re
import time
from dataclasses import dataclass, field

from tickcast.bench.client import Client, Expectation, ResumingClient, not_at_newest
from tickcast.bench.decoder import Decoder
from tickcast.bench.histogram import Histogram


@dataclass
class Times:
    """Times that checkers measured, µs."""

    ages: Histogram = field(default_factory=Histogram)
    """Ages of ticks when clients received them."""
    between: Histogram = field(default_factory=Histogram)
    """Time between two reads with ticks; where frames are rare, the time between two frames."""


class Checker(Client):
    """Checks that each `q` is the last `q` plus one, and measures the age of each tick."""

    __slots__ = ("_aged", "_last", "times")

    def __init__(self, expects: Expectation, times: Times) -> None:
        super().__init__(expects)
        self.times = times
        self._last = 0
        self._aged = re.compile(re.escape(expects.mark) + rb'([^"]+)","q":([0-9]+),"t":([0-9]+)').findall

    def _count(self, data: bytes, start: int, end: int) -> None:
        self._look(data, start, end)

    def _look(self, data: bytes, start: int, end: int) -> None:
        now = time.time_ns() // 1000
        known, every, ages = self.known, self.expects.every, self.times.ages
        found = self._aged(data, start, end)
        self.ticks += len(found)
        for symbol, text, made in found:
            q = int(text)
            before = known.get(symbol)
            if before is not None and (q != before + 1 if every else q <= before):
                self.faults.append(f"{symbol.decode()}: q {q} after {before}")
            known[symbol] = q
            ages.add(now - int(made))
        if found:
            if self._last:
                self.times.between.add(now - self._last)
            self._last = now

    def _forget(self) -> None:
        """Keep the newest `q` of each symbol, also of symbols that the snapshot leaves out."""

    def _missing(self, newest: dict[bytes, int]) -> str:
        return not_at_newest(self.known, newest)


class ResumingChecker(ResumingClient, Checker):
    """Checks every tick, also across connections."""

    __slots__ = ()


class DecodingChecker(Checker):
    """Checks every tick of a stream that may be compressed; `bytes` counts compressed bytes."""

    __slots__ = ("_decoder",)

    def __init__(self, expects: Expectation, times: Times) -> None:
        super().__init__(expects, times)
        self._decoder = Decoder()

    def take(self, data: bytes) -> None:
        """Process received bytes."""
        received = self.bytes + len(data)
        plain = self._decoder.feed(data)
        if plain:
            super().take(plain)
        self.bytes = received


class SummingClient(Client):
    """Counts ticks and adds up all `q`: a loss that a repeat hides in the count shows in the sum."""

    __slots__ = ("_sequences", "sum")

    def __init__(self, expects: Expectation) -> None:
        super().__init__(expects)
        self.sum = 0
        self._sequences = re.compile(re.escape(expects.mark) + rb'[^"]+","q":([0-9]+)').findall

    def _count(self, data: bytes, start: int, end: int) -> None:
        super()._count(data, start, end)
        self.sum += sum(map(int, self._sequences(data, start, end)))

    def _missing(self, newest: dict[bytes, int]) -> str:
        owed = sum(_up_to(newest[symbol]) - _up_to(q) for symbol, q in self.known.items())
        return super()._missing(newest) or (
            f"its q add up to {self.sum}, not {owed}" if self.sum != owed else ""
        )


class NewestClient(Client):
    """Knows the newest `q` of each symbol: for streams of newest ticks, which skip ticks."""

    __slots__ = ("_latest",)

    def __init__(self, expects: Expectation) -> None:
        super().__init__(expects)
        # As text: parsing the numbers would cost more than all other work.
        self._latest: dict[bytes, bytes] = {}

    def _count(self, data: bytes, start: int, end: int) -> None:
        super()._count(data, start, end)
        self._latest.update(self._find(data, start, end))

    def _forget(self) -> None:
        self.known, self._latest = self._reached(), {}

    def _missing(self, newest: dict[bytes, int]) -> str:
        return not_at_newest(self._reached(), newest)

    def behind(self, then: dict[bytes, int]) -> int:
        """Return the number of symbols in which this client has not reached the `q` of `then`."""
        return sum(q < then[symbol] for symbol, q in self._reached().items())

    def _reached(self) -> dict[bytes, int]:
        return self.known | {symbol: int(q) for symbol, q in self._latest.items()}


def _up_to(q: int) -> int:
    return q * (q + 1) // 2
