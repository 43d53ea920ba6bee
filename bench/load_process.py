"""One load process: very many raw sockets on one epoll. It does as little as a client can, so that the
server is the limit and not this; its own CPU is reported, so that one sees whether that holds.
"""

import select
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from tickcast.bench.checker import (
    Checker,
    Decoding,
    Following,
    ReturningChecker,
    Summing,
    Times,
)
from tickcast.bench.client import Client, Expectation, Receiver, Returning
from tickcast.bench.herd import Herd
from tickcast.bench.totals import Proof, Return, Totals
from tickcast.runtime.files import raise_file_limit

READ = 64 * 1024
"""Bytes read at once: more would be a fresh mapping of memory each time."""

WINDOW = 200
"""Connections that `open` lets be on their way at the same time; a herd has no such bound."""

OPENING = 60.0
"""Seconds in which all streams must stand."""

PATIENCE = 0.005
"""Seconds between two looks at a herd, at most."""

SUMS = 4
"""Clients that add up all `q`, for each that checks every tick."""


class LoadOptions(NamedTuple):
    """What one load process does."""

    port: int
    requests: list[bytes]
    """The first line's target and the headers of each client's request, without the empty line."""
    expects: Expectation
    check_every: int
    """Every so many clients check each tick, with 0 none; of the others some add up, and the rest count."""
    returning: bool = False
    """Clients can be cut off and come back; all of them check each tick."""
    encoded: bool = False
    """Streams may be compressed: only those that check unpack theirs, the others count bytes."""


class LoadProcess:
    """Its clients, and what the bench asks of them."""

    def __init__(self, pipe: "Connection[Any, Any]", options: LoadOptions) -> None:
        self._pipe = pipe
        self._options = options
        self._poll = select.epoll()
        self._poll.register(pipe.fileno(), select.EPOLLIN)
        self._sockets: dict[int, tuple[Callable[[int], bytes], Client]] = {}
        self._open: dict[int, socket.socket] = {}
        self._reads = 0
        self._lost = 0
        self._times = Times()
        self._waiting = 0
        self._clients = [self._client(number) for number in range(len(options.requests))]

    def _client(self, number: int) -> Client:
        expects, every = self._options.expects, self._options.check_every
        if self._options.returning:
            return ReturningChecker(expects, self._times)
        turn = number % every if every else -1
        if turn == 0:
            if self._options.encoded:
                return Decoding(expects, self._times)
            return Checker(expects, self._times)
        if self._options.encoded:
            return Receiver()
        if not expects.every:
            return Following(expects)
        if expects.snapshot and 0 < turn <= SUMS:
            return Summing(expects)
        return Client(expects)

    def run(self) -> None:
        """Do what the pipe asks until it is closed."""
        while True:
            if self._read(None):
                try:
                    name, *arguments = self._pipe.recv()
                except EOFError:
                    return
                self._pipe.send(getattr(self, name)(*arguments))

    def _read(self, timeout: float | None) -> bool:
        """Read what there is; tell whether the pipe has a request."""
        asked = False
        pipe = self._pipe.fileno()
        sockets = self._sockets
        for fd, _ in self._poll.poll(timeout, 1024):
            if fd == pipe:
                asked = True
                continue
            receive, client = sockets[fd]
            try:
                data = receive(READ)
            except ConnectionError:
                data = b""
            self._reads += 1
            if not data:
                self._lose(fd)
            elif client.opened:
                client.take(data)
            else:
                client.take(data)
                self._waiting -= client.opened
        return asked

    def _lose(self, fd: int) -> None:
        self._lost += 1
        del self._sockets[fd]
        self._poll.unregister(fd)
        self._open.pop(fd).close()

    # Requests

    def open(self) -> float:
        """Open every stream that is not; return the seconds until the last one stood."""
        began = time.monotonic()
        for client, request in zip(self._clients, self._options.requests, strict=True):
            while self._waiting >= WINDOW and not self._hopeless(began):
                self._read(0.1)
            if self._hopeless(began):
                break
            sock = socket.create_connection(("127.0.0.1", self._options.port), timeout=20)
            sock.sendall(_request(client, request))
            sock.setblocking(False)
            self._adopt(client, sock)
            self._read(0)
        while self._waiting and not self._hopeless(began):
            self._read(0.1)
        return time.monotonic() - began

    def _hopeless(self, began: float) -> bool:
        return self._lost > 0 or time.monotonic() - began > OPENING

    def rejoin(self, then: dict[bytes, int]) -> Return:
        """Open every stream at once, and wait until each has what was the newest at some time."""
        began = time.monotonic()
        pairs = zip(self._clients, self._options.requests, strict=True)
        herd = Herd(self._options.port, [_request(client, request) for client, request in pairs])
        knocked = time.monotonic()
        while herd.left and not self._hopeless(began):
            try:
                for number, sock in herd.standing():
                    self._adopt(self._clients[number], sock)
            except OSError:
                self._lost += 1
            self._read(PATIENCE)
        herd.close()
        while self._waiting and not self._hopeless(began):
            self._read(PATIENCE)
        stood = time.monotonic()
        behind = self._clients
        while (behind := [each for each in behind if each.behind(then)]) and not self._hopeless(began):
            self._read(PATIENCE)
        return Return(knocked, stood, time.monotonic(), len(behind))

    def _adopt(self, client: Client, sock: socket.socket) -> None:
        fd = sock.fileno()
        self._open[fd] = sock
        self._sockets[fd] = sock.recv, client
        self._waiting += 1
        self._poll.register(fd, select.EPOLLIN)

    def totals(self) -> Totals:
        """Return what there was so far."""
        clients = self._clients
        faults = [fault for client in clients for fault in client.faults[:3]]
        if self._lost:
            faults.append(f"{self._lost} streams were ended by the server")
        if self._waiting > 0:
            faults.append(f"{self._waiting} streams never began")
        checkers = [client for client in clients if isinstance(client, Checker)]
        totals = Totals(
            time.monotonic(),
            time.process_time(),
            sum(client.opened for client in clients),
            sum(client.ticks for client in clients),
            sum(client.bytes for client in clients),
            self._reads,
            sum(client.gaps for client in clients),
            sum(client.ticks for client in checkers),
            self._times,
            faults,
        )
        self._times = Times()
        for checker in checkers:
            checker.times = self._times
        return totals

    def prove(self, newest: dict[bytes, int]) -> list[str]:
        """Return what is wrong when `newest` are the newest `q` there are: nothing, if all was delivered."""
        return [
            f"client {number} {told}"
            for number, client in enumerate(self._clients)
            if client.expects.snapshot and (told := client.wrong(newest))
        ]

    def proof(self) -> Proof:
        """Return how many are proved, if nothing is wrong."""
        able = [client for client in self._clients if client.expects.snapshot]
        whole = sum(not client.gaps for client in able)
        return Proof(len(able), whole, sum(client.regained for client in able))

    def behind(self, then: dict[bytes, int]) -> int:
        """Return how many of those who look at symbols have not yet what was the newest at some time."""
        followers = (client for client in self._clients if isinstance(client, Checker | Following))
        return sum(client.behind(then) > 0 for client in followers)

    def cut(self) -> None:
        """Close every connection at once."""
        for fd in list(self._open):
            self._lose(fd)
        self._lost = self._waiting = 0
        for client in self._clients:
            assert isinstance(client, Returning)
            client.cut()


def _request(client: Client, request: bytes) -> bytes:
    cursor = b"Last-Event-ID: %b\r\n" % client.cursor if client.cursor else b""
    return b"GET %b\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n%b\r\n" % (request, cursor)


def main(pipe: "Connection[Any, Any]", options: LoadOptions) -> None:
    """Be a load process."""
    raise_file_limit()
    LoadProcess(pipe, options).run()
