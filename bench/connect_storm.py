"""A herd: connections that are all begun at once, as by clients who were cut off at the same moment.

Nothing here waits for an answer before the next one knocks: what a server's queue does not hold, the
system drops, and knocks again after a second by itself.
"""

import errno
import os
import select
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

_COUNTERS = Path("/proc/net/netstat")


class ConnectStorm:
    """Connections on their way to a port of loopback, each with a request to be sent when it stands."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        """Begin them all. Raises OSError if there are more than files may be open, or than ports are."""
        self._poll = select.epoll()
        self._coming: dict[int, tuple[int, socket.socket, bytes]] = {}
        for number, request in enumerate(requests):
            sock = socket.socket()
            sock.setblocking(False)
            # Kept first, so that it is closed with the others if this fails.
            self._coming[sock.fileno()] = number, sock, request
            code = sock.connect_ex(("127.0.0.1", port))
            if code not in (0, errno.EINPROGRESS):
                self.close()
                raise OSError(code, os.strerror(code))
            self._poll.register(sock.fileno(), select.EPOLLOUT)

    @property
    def pending(self) -> int:
        """How many do not stand yet."""
        return len(self._coming)

    def connected(self) -> Iterator[tuple[int, socket.socket]]:
        """Yield those that stand now, with their numbers, their requests sent.

        Raises ConnectionError if one was refused.
        """
        for fd, _ in self._poll.poll(0, 1024):
            number, sock, request = self._coming.pop(fd)
            self._poll.unregister(fd)
            try:
                # Short enough for an empty buffer: it goes as a whole. A refused connection fails here.
                sock.send(request)
            except OSError:
                sock.close()
                raise
            yield number, sock

    def close(self) -> None:
        """Give up those that do not stand."""
        for _, sock, _ in self._coming.values():
            sock.close()
        self._coming.clear()
        self._poll.close()


def listen_overflows() -> int:
    """Return how many knocks this system has dropped so far because a listener's queue was full."""
    names, values = (line.split() for line in _COUNTERS.read_text("ascii").splitlines()[:2])
    return int(values[names.index("ListenOverflows")])
