"""When a request begins: a few in each pass of the event loop, and the addresses that wait have turns.

A flood of cheap requests (`/healthz`, requests that are refused) costs nobody a budget, but all of it would
run between a tick and its stream: a tick takes several passes of the loop from Redis to a socket.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from tickcast.gateway.transport.acceptor import BATCH

IN_A_PASS = 2
"""Requests that begin in one pass of the loop: `/healthz` takes 0.06 ms."""

STREAM = "/v1/stream"
"""Streams do not wait: each has its price, and with turns a storm of clients took half as long again."""

MANY = 128
"""Requests that wait, from which on no more connections are accepted in a pass than requests begin."""

Begin = Callable[[], bool]
"""Begins a request; False if its client has left meanwhile."""


class RequestTurns:
    """Lets requests begin."""

    def __init__(self, address_of: Callable[[str, str], str]) -> None:
        """`address_of` returns the address of a client from that of its connection, and X-Forwarded-For."""
        self._address_of = address_of
        self._begun = 0
        """Requests that began in this pass."""
        self._waiting: OrderedDict[str, deque[Begin]] = OrderedDict()
        """Requests that wait, by address, the next one first; none is empty."""
        self._waiting_in_all = 0

    def to_accept(self) -> int:
        """Return how many connections may be accepted in this pass: those of a storm wait in the kernel."""
        return BATCH if self._waiting_in_all < MANY else IN_A_PASS

    def ask(self, scope: Any, begin: Begin) -> None:
        """Begin the request of an ASGI scope: at once, or when it has its turn."""
        if scope["path"] == STREAM:
            begin()
        elif self._begun < IN_A_PASS and not self._waiting:
            self._count(begin())
        else:
            self._waiting.setdefault(self._address(scope), deque()).append(begin)
            self._waiting_in_all += 1

    def _count(self, has_begun: bool) -> None:
        if not has_begun:
            return
        self._begun += 1
        if self._begun == 1:
            asyncio.get_running_loop().call_soon(self._begin_pass)

    def _begin_pass(self) -> None:
        self._begun = 0
        while self._waiting and self._begun < IN_A_PASS:
            whose, held = self._waiting.popitem(last=False)
            begin = held.popleft()
            self._waiting_in_all -= 1
            if held:
                self._waiting[whose] = held
            self._count(begin())

    def _address(self, scope: Any) -> str:
        client = scope.get("client")
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        return self._address_of(client[0] if client else "", forwarded.decode("latin-1"))
