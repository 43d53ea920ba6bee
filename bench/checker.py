"""Load clients that look closer than to count: the samples that prove what a number alone cannot. Pure.

A tick lost and another one twice leave a client's count as it was. `SummingClient` adds up the `q` as well,
for a third of what `Checker` costs, which looks at each tick. `NewestClient` knows the newest of each symbol.
"""

import re
import time
from dataclasses import dataclass, field

from tickcast.bench.client import Client, Expectation, ResumingClient, not_at_newest
from tickcast.bench.decoder import Decoder
from tickcast.bench.histogram import Histogram


@dataclass
class Times:
    """What checkers saw of time, µs."""

    ages: Histogram = field(default_factory=Histogram)
    """Ages of ticks when their clients had them."""
    between: Histogram = field(default_factory=Histogram)
    """From one read with ticks to the next: between frames, where they are rare enough to come alone."""


class Checker(Client):
    """Checks every tick: each `q` is the one after the last, and notes its age."""

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
        """Keep what is known: it is the newest of each symbol, also of those the snapshot leaves out."""

    def _missing(self, newest: dict[bytes, int]) -> str:
        return not_at_newest(self.known, newest)


class ResumingChecker(ResumingClient, Checker):
    """Checks every tick, also from one connection to the next."""

    __slots__ = ()


class DecodingChecker(Checker):
    """Checks every tick of a stream that may be compressed; its bytes are those on the line."""

    __slots__ = ("_decoder",)

    def __init__(self, expects: Expectation, times: Times) -> None:
        super().__init__(expects, times)
        self._decoder = Decoder()

    def take(self, data: bytes) -> None:
        """Take what was received."""
        received = self.bytes + len(data)
        plain = self._decoder.feed(data)
        if plain:
            super().take(plain)
        self.bytes = received


class SummingClient(Client):
    """Counts, and adds up all `q`: a loss that a repeat makes up for in number shows in the sum."""

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
    """Knows the newest `q` of each symbol: for streams that bring the newest, not every tick."""

    __slots__ = ("_latest",)

    def __init__(self, expects: Expectation) -> None:
        super().__init__(expects)
        # As text: to read the numbers would cost more than all the rest.
        self._latest: dict[bytes, bytes] = {}

    def _count(self, data: bytes, start: int, end: int) -> None:
        super()._count(data, start, end)
        self._latest.update(self._find(data, start, end))

    def _forget(self) -> None:
        self.known, self._latest = self._reached(), {}

    def _missing(self, newest: dict[bytes, int]) -> str:
        return not_at_newest(self._reached(), newest)

    def behind(self, then: dict[bytes, int]) -> int:
        """Return in how many symbols it has not yet what was the newest at some time."""
        return sum(q < then[symbol] for symbol, q in self._reached().items())

    def _reached(self) -> dict[bytes, int]:
        return self.known | {symbol: int(q) for symbol, q in self._latest.items()}


def _up_to(q: int) -> int:
    return q * (q + 1) // 2
