"""A connection: a stream on a socket taken over from the HTTP server. No task, no queue, no timer."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import cast

from tickcast.gateway.protocol.sse import LAST_CHUNK
from tickcast.gateway.streams.subscriber import Subscriber

NOTSENT_LOWAT = 16 * 1024
"""Unsent bytes that the kernel takes: beyond it ticks wait here, where they can still be replaced."""

USER_TIMEOUT = 30_000
"""Milliseconds that sent data may stay unacknowledged before a dead peer is given up."""

OPTIONS = (
    ("IPPROTO_TCP", "TCP_NOTSENT_LOWAT", NOTSENT_LOWAT),
    ("SOL_SOCKET", "SO_KEEPALIVE", 1),
    ("IPPROTO_TCP", "TCP_KEEPIDLE", 20),
    ("IPPROTO_TCP", "TCP_KEEPINTVL", 5),
    ("IPPROTO_TCP", "TCP_KEEPCNT", 3),
    ("IPPROTO_TCP", "TCP_USER_TIMEOUT", USER_TIMEOUT),
)


class Connection(Subscriber, asyncio.Protocol):
    """The protocol of a transport that carries one stream, from its response head to its end."""

    __slots__ = ("transport", "write")

    transport: asyncio.Transport
    write: Callable[[bytes], None]  # the transport's own: one call less for each frame

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Send the response head; from now on the transport calls this protocol."""
        self.transport = transport
        self.write = transport.write
        # An earlier answer may still wait in the buffer. The transport has told the protocol before this
        # one, and tells nobody twice; and until the stream is entered it has no owner to call.
        self.full = True
        # Whatever the kernel does not take at once means that the client is behind.
        transport.set_write_buffer_limits(high=0)
        sock = cast("socket.socket | None", transport.get_extra_info("socket"))
        if sock is not None and sock.family != socket.AF_UNIX:
            _tune(sock)
        transport.write(head)
        self.full = self.waiting() > 0

    def waiting(self) -> int:
        """Return the bytes that the kernel has not taken."""
        return self.transport.get_write_buffer_size()

    def finish(self, frame: bytes) -> None:
        """Send a last chunk and a complete end; the socket closes when both have left."""
        self.transport.write(frame + LAST_CHUNK)
        self.transport.close()

    def abort(self) -> None:
        """Close the socket at once."""
        self.transport.abort()

    def pause_writing(self) -> None:
        """Take the transport's word that its buffer is no longer empty."""
        self.paused()

    def resume_writing(self) -> None:
        """Take the transport's word that its buffer is empty again."""
        self.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the transport's word that it is closed."""
        self.lost()


def _tune(sock: socket.socket) -> None:
    for level, option, value in OPTIONS:
        # A platform may lack one of these; the stream works without, only less promptly.
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(getattr(socket, level), getattr(socket, option), value)
