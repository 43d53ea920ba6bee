"""A load process: thousands of raw sockets on one epoll.

It does as little work as a client can, so that the server is the limit and not the load; it reports its own
CPU, so that the report can check this.
"""

import select
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from tickcast.bench.checker import (
    Checker,
    DecodingChecker,
    NewestClient,
    ResumingChecker,
    SummingClient,
    Times,
)
from tickcast.bench.client import ByteCounter, Client, Expectation, ResumingClient
from tickcast.bench.connect_storm import ConnectStorm
from tickcast.bench.totals import Proof, Reconnection, Totals
from tickcast.runtime.files import raise_file_limit

READ_SIZE = 64 * 1024
"""Bytes of one read; for a larger buffer, malloc would map fresh memory each time."""

MAX_CONNECTING = 200
"""Streams that `open` lets begin at the same time; a connect storm has no such bound."""

OPEN_TIMEOUT = 60.0
"""Seconds in which all streams must begin."""

POLL = 0.005
"""Seconds between two polls of a connect storm, at most."""

SUMMING_PER_CHECKER = 4
"""Number of SummingClients for each Checker."""


class LoadOptions(NamedTuple):
    """The task of one load process."""

    port: int
    requests: list[bytes]
    """The first line's target and the headers of each client's request, without the empty line."""
    expects: Expectation
    check_every: int
    """Each n-th client checks every tick, with 0 none; some of the others add up `q`, the rest count."""
    resuming: bool = False
    """Clients can be cut and can resume; all of them check each tick."""
    encoded: bool = False
    """Streams may be compressed: checking clients decompress, the others count bytes."""


class LoadProcess:
    """The clients of this process, and the requests of the bench."""

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
        if self._options.resuming:
            return ResumingChecker(expects, self._times)
        turn = number % every if every else -1
        if turn == 0:
            if self._options.encoded:
                return DecodingChecker(expects, self._times)
            return Checker(expects, self._times)
        if self._options.encoded:
            return ByteCounter()
        if not expects.every:
            return NewestClient(expects)
        if expects.snapshot and 0 < turn <= SUMMING_PER_CHECKER:
            return SummingClient(expects)
        return Client(expects)

    def run(self) -> None:
        """Serve the requests of the pipe until it is closed."""
        while True:
            if self._read(None):
                try:
                    name, *arguments = self._pipe.recv()
                except EOFError:
                    return
                self._pipe.send(getattr(self, name)(*arguments))

    def _read(self, timeout: float | None) -> bool:
        """Read from all ready sockets; tell whether the pipe has a request."""
        asked = False
        pipe = self._pipe.fileno()
        sockets = self._sockets
        for fd, _ in self._poll.poll(timeout, 1024):
            if fd == pipe:
                asked = True
                continue
            receive, client = sockets[fd]
            try:
                data = receive(READ_SIZE)
            except ConnectionError:
                data = b""
            self._reads += 1
            if not data:
                self._drop(fd)
            elif client.opened:
                client.take(data)
            else:
                client.take(data)
                self._waiting -= client.opened
        return asked

    def _drop(self, fd: int) -> None:
        self._lost += 1
        del self._sockets[fd]
        self._poll.unregister(fd)
        self._open.pop(fd).close()

    # Requests

    def open(self) -> float:
        """Open every stream; return the seconds until the last stream had begun."""
        began = time.monotonic()
        for client, request in zip(self._clients, self._options.requests, strict=True):
            while self._waiting >= MAX_CONNECTING and not self._failed(began):
                self._read(0.1)
            if self._failed(began):
                break
            sock = socket.create_connection(("127.0.0.1", self._options.port), timeout=20)
            sock.sendall(_request(client, request))
            sock.setblocking(False)
            self._add(client, sock)
            self._read(0)
        while self._waiting and not self._failed(began):
            self._read(0.1)
        return time.monotonic() - began

    def _failed(self, began: float) -> bool:
        return self._lost > 0 or time.monotonic() - began > OPEN_TIMEOUT

    def reconnect(self, then: dict[bytes, int]) -> Reconnection:
        """Open every stream at once, and wait until each client has reached the `q` of `then`."""
        began = time.monotonic()
        pairs = zip(self._clients, self._options.requests, strict=True)
        storm = ConnectStorm(self._options.port, [_request(client, request) for client, request in pairs])
        connecting = time.monotonic()
        while storm.pending and not self._failed(began):
            try:
                for number, sock in storm.connected():
                    self._add(self._clients[number], sock)
            except OSError:
                self._lost += 1
            self._read(POLL)
        storm.close()
        while self._waiting and not self._failed(began):
            self._read(POLL)
        opened = time.monotonic()
        behind = self._clients
        while (behind := [each for each in behind if each.behind(then)]) and not self._failed(began):
            self._read(POLL)
        return Reconnection(connecting, opened, time.monotonic(), len(behind))

    def _add(self, client: Client, sock: socket.socket) -> None:
        fd = sock.fileno()
        self._open[fd] = sock
        self._sockets[fd] = sock.recv, client
        self._waiting += 1
        self._poll.register(fd, select.EPOLLIN)

    def totals(self) -> Totals:
        """Return the totals so far."""
        clients = self._clients
        faults = [fault for client in clients for fault in client.faults[:3]]
        if self._lost:
            faults.append(f"the server ended {self._lost} streams")
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
        """Return the faults when `newest` are the newest `q`: an empty list if all ticks were delivered."""
        return [
            f"client {number} {fault}"
            for number, client in enumerate(self._clients)
            if client.expects.snapshot and (fault := client.wrong(newest))
        ]

    def proof(self) -> Proof:
        """Return how many are proved, if nothing is wrong."""
        able = [client for client in self._clients if client.expects.snapshot]
        whole = sum(not client.gaps for client in able)
        return Proof(len(able), whole, sum(client.regained for client in able))

    def behind(self, then: dict[bytes, int]) -> int:
        """Return how many clients, of all that know symbols, have not reached the `q` of `then`."""
        followers = (client for client in self._clients if isinstance(client, Checker | NewestClient))
        return sum(client.behind(then) > 0 for client in followers)

    def cut(self) -> None:
        """Close every connection at once."""
        for fd in list(self._open):
            self._drop(fd)
        self._lost = self._waiting = 0
        for client in self._clients:
            assert isinstance(client, ResumingClient)
            client.cut()


def _request(client: Client, request: bytes) -> bytes:
    cursor = b"Last-Event-ID: %b\r\n" % client.cursor if client.cursor else b""
    return b"GET %b\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n%b\r\n" % (request, cursor)


def main(pipe: "Connection[Any, Any]", options: LoadOptions) -> None:
    """Run a load process."""
    raise_file_limit()
    LoadProcess(pipe, options).run()
