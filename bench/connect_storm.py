"""A connect storm: connections that all start at once, as after a cut of all clients at the same moment.

No connection waits for another. If the listener's queue is full, the kernel drops a connection attempt (SYN)
and repeats it after a second.
"""

import errno
import os
import select
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

_COUNTERS = Path("/proc/net/netstat")


class ConnectStorm:
    """Connections to a port of loopback, each with a request that is sent once it is established."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        """Start all connections. Raises OSError if open files or ports run out."""
        self._poll = select.epoll()
        self._coming: dict[int, tuple[int, socket.socket, bytes]] = {}
        for number, request in enumerate(requests):
            sock = socket.socket()
            sock.setblocking(False)
            # Stored before connecting, so that `close` covers it if connecting fails.
            self._coming[sock.fileno()] = number, sock, request
            code = sock.connect_ex(("127.0.0.1", port))
            if code not in (0, errno.EINPROGRESS):
                self.close()
                raise OSError(code, os.strerror(code))
            self._poll.register(sock.fileno(), select.EPOLLOUT)

    @property
    def pending(self) -> int:
        """The number of connections that are not established yet."""
        return len(self._coming)

    def connected(self) -> Iterator[tuple[int, socket.socket]]:
        """Yield newly established connections with their numbers, after sending their requests.

        Raises ConnectionError if a connection was refused.
        """
        for fd, _ in self._poll.poll(0, 1024):
            number, sock, request = self._coming.pop(fd)
            self._poll.unregister(fd)
            try:
                # A request fits into the empty buffer, so it is sent whole. A refused connection fails here.
                sock.send(request)
            except OSError:
                sock.close()
                raise
            yield number, sock

    def close(self) -> None:
        """Close the connections that are not established."""
        for _, sock, _ in self._coming.values():
            sock.close()
        self._coming.clear()
        self._poll.close()


def listen_overflows() -> int:
    """Return how many connection attempts this system has dropped so far because a queue was full."""
    names, values = (line.split() for line in _COUNTERS.read_text("ascii").splitlines()[:2])
    return int(values[names.index("ListenOverflows")])
