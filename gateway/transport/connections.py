"""The connections that carry no stream: how many there are, and which are cut because nobody reads.

A connection is one of them from when it is accepted until it is taken over by a stream, or closed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Protocol

MOST = 4096
"""Connections without a stream, at most; more wait in the kernel's queue. Each takes some 10 KiB."""

SHARE = 1024
"""Of these, connections from one address, at most; more are closed at once."""


LOOK = 0.05
"""Seconds between two looks at the end whether all is read."""


class Carried(Protocol):
    """A connection, as it is counted."""

    transport: asyncio.Transport


class Connections:
    """Counts connections as they come and go."""

    def __init__(self, stall: float, has_no_share: Callable[[str], bool]) -> None:
        """Cut a connection after `stall` seconds in which its client read nothing of what waits for it.

        `has_no_share` tells whether the connections from an address have no share: those of a proxy.
        """
        self.cut = Counter({"stalled": 0, "share": 0})
        """Connections cut, by reason."""
        self._stall = stall
        self._has_no_share = has_no_share
        self._open: dict[Carried, str] = {}
        self._of_address: Counter[str] = Counter()
        # Of those for which bytes wait: when they became fewer, by the loop's clock, and how many they are.
        self._waiting: dict[Carried, tuple[float, int]] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._open)

    def has_room(self) -> bool:
        """Tell whether another one may be accepted."""
        return len(self._open) < MOST

    def add(self, connection: Carried, address: str) -> bool:
        """Count an accepted connection from an address; False if it is to be closed."""
        if self._of_address[address] >= SHARE and not self._has_no_share(address):
            self.cut["share"] += 1
            return False
        self._open[connection] = address
        self._of_address[address] += 1
        return True

    def discard(self, connection: Carried) -> None:
        """Count a connection no longer, if it is counted."""
        address = self._open.pop(connection, None)
        if address is None:
            return
        self._waiting.pop(connection, None)
        self._of_address[address] -= 1
        if not self._of_address[address]:
            del self._of_address[address]

    def cut_stalled(self, now: float) -> None:
        """Cut connections whose clients read nothing; call it now and then, with the loop's time."""
        for connection in list(self._open):
            waiting = connection.transport.get_write_buffer_size()
            since, before = self._waiting.get(connection, (now, waiting + 1))
            if not waiting:
                self._waiting.pop(connection, None)
            elif waiting < before:
                self._waiting[connection] = now, waiting
            elif now - since > self._stall:
                self.cut["stalled"] += 1
                connection.transport.abort()

    async def finish(self, seconds: float) -> None:
        """Wait so long for clients to read what waits for them; then cut those that have not."""
        waiting = list(self._open)
        for _ in range(int(seconds / LOOK)):
            if not (waiting := [each for each in waiting if each.transport.get_write_buffer_size()]):
                return
            await asyncio.sleep(LOOK)
        for connection in waiting:
            connection.transport.abort()
