"""The options of every socket that is accepted."""

import contextlib
import socket

NOTSENT_LOWAT = 16 * 1024
"""Unsent bytes that the kernel buffers. More ticks wait in the gateway, where newer ones can replace them.

It also bounds what a client that does not read holds in the kernel: without it some MiB of a long response.
"""

USER_TIMEOUT = 30_000
"""Milliseconds that sent data may stay unacknowledged before the kernel closes the connection."""

OPTIONS = (
    ("IPPROTO_TCP", "TCP_NOTSENT_LOWAT", NOTSENT_LOWAT),
    ("SOL_SOCKET", "SO_KEEPALIVE", 1),
    ("IPPROTO_TCP", "TCP_KEEPIDLE", 20),
    ("IPPROTO_TCP", "TCP_KEEPINTVL", 5),
    ("IPPROTO_TCP", "TCP_KEEPCNT", 3),
    ("IPPROTO_TCP", "TCP_USER_TIMEOUT", USER_TIMEOUT),
)
"""Level, name, value. A dead client is noticed within about 35 s."""


def tune(sock: socket.socket) -> None:
    """Set the options of an accepted socket."""
    if sock.family == socket.AF_UNIX:
        return
    for level, option, value in OPTIONS:
        # A platform may lack an option; a connection works without it, but a dead client is noticed later.
        with contextlib.suppress(OSError, AttributeError):
            sock.setsockopt(getattr(socket, level), getattr(socket, option), value)
