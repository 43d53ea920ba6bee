"""Hands ticks to the publishers, over their standard input, so that every tick is known.

Only the publisher that leads reads its source. A pipe that its publisher has emptied is the leader's; the
others hold an empty line, and wait. Nothing is handed in while nobody leads.
"""

import asyncio
import fcntl
import os
import random
import struct
import termios
from collections.abc import Sequence
from contextlib import suppress

from tests.faults.referee.ledger import now

STEP = 0.01
"""Seconds between two looks at the pipes."""

MOST = 200
"""Ticks handed in at once, at most: what would be more is left out, as by a source that waits."""


class Pipe:
    """The standard input of one publisher process."""

    def __init__(self) -> None:
        self.child, self._own = os.pipe()
        os.set_blocking(self._own, False)
        # A publisher that leads reads it; then the pipe is empty.
        os.write(self._own, b"\n")

    @property
    def is_empty(self) -> bool:
        """Tell whether the publisher has read all."""
        return (
            self._own >= 0 and struct.unpack("i", fcntl.ioctl(self._own, termios.FIONREAD, b"\0" * 4))[0] == 0
        )

    def write(self, data: bytes) -> None:
        """Hand in; a pipe holds more than that, so it does not block. It is closed if the process is gone."""
        try:
            os.write(self._own, data)
        except BrokenPipeError:
            self.close()

    def started(self) -> None:
        """Leave the reading end to the process alone."""
        os.close(self.child)
        self.child = -1

    def close(self) -> None:
        """End the input."""
        if self.child >= 0:
            self.started()
        if self._own >= 0:
            os.close(self._own)
            self._own = -1


class Feeder:
    """Makes ticks at a steady rate and hands them to whichever publisher leads."""

    def __init__(self, fast: Sequence[str], rare: Sequence[str], rate: float, chance: random.Random) -> None:
        """`rate`: ticks a second over the `fast` symbols; each of the `rare` ones has one in 2 to 5 s."""
        self.pipes: dict[str, Pipe] = {}
        """By publisher."""
        self.leader = ""
        """The publisher that read last."""
        self.handed = 0
        self.paused = False
        self.feeds_all = False
        """Hand in to all that lead, in turn: each has other ticks."""
        self._ends = False
        self._fast, self._rate, self._chance = list(fast), rate, chance
        self._due = {symbol: now() + chance.randint(0, 5_000_000) for symbol in rare}
        self._cents: dict[str, int] = {}
        self._times: dict[str, int] = {}

    async def run(self) -> None:
        """Hand in until cancelled."""
        loop = asyncio.get_running_loop()
        owed, before = 0.0, loop.time()
        while True:
            await asyncio.sleep(STEP)
            owed, before = owed + (loop.time() - before) * self._rate, loop.time()
            readers = [name for name, pipe in self.pipes.items() if pipe.is_empty]
            if not readers:
                owed = min(owed, MOST)
                continue
            if self.feeds_all:
                self.leader = self._chance.choice(readers)
            elif self.leader not in readers:
                self.leader = readers[0]
            if self.paused:
                owed = 0.0
                continue
            if self._ends:
                lines = [self._line(symbol) for symbol in (*self._fast, *self._due)]
                self.handed += len(lines)
                self.pipes[self.leader].write(b"".join(lines))
                self.paused = True
                continue
            count = min(int(owed), MOST)
            owed -= count
            lines = [self._line(self._chance.choice(self._fast)) for _ in range(count)]
            lines += [self._line(symbol) for symbol in self._rare()]
            if lines:
                self.handed += len(lines)
                self.pipes[self.leader].write(b"".join(lines))

    async def finish(self, seconds: float = 10) -> None:
        """Hand in a last tick of every symbol, so that none is left in a history that others have left."""
        self._ends = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.paused:  # noqa: ASYNC110 - nothing announces it
                    await asyncio.sleep(STEP)
        self.paused, self._ends = True, False

    def _rare(self) -> list[str]:
        due = [symbol for symbol, at in self._due.items() if at <= now()]
        for symbol in due:
            self._due[symbol] = now() + self._chance.randint(2_000_000, 5_000_000)
        return due

    def _line(self, symbol: str) -> bytes:
        cents = self._cents[symbol] = max(1, self._cents.get(symbol, 10_000) + self._chance.randint(-5, 5))
        # No two ticks of a symbol have the same time: so each is told from all others.
        t = self._times[symbol] = max(now(), self._times.get(symbol, 0) + 1)
        price, size = f"{cents // 100}.{cents % 100:02d}", self._chance.randint(1, 9)
        return f'{{"S":"{symbol}","t":{t},"p":{price},"s":{size}}}\n'.encode()
