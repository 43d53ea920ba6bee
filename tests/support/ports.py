"""Free TCP ports on this machine."""

import itertools
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress

FIRST, LAST = 10_000, 32_767
"""Below those that the kernel gives to outgoing connections, and to whoever binds port 0."""

SLICES = 16
"""Test processes that run at once (pytest-xdist) each have ports of their own."""


def _ports() -> Iterator[int]:
    number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0) % SLICES
    size = (LAST + 1 - FIRST) // SLICES
    begin = FIRST + number * size
    # Two runs of the tests on one machine begin at different places.
    return (begin + (os.getpid() * 37 + each) % size for each in itertools.count())


_PORTS = _ports()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens, and which nobody else here is given soon.

    Gateways share a port (SO_REUSEPORT): one given twice would mix two tests without an error.
    """
    return next(filter(_is_free, _PORTS))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections that have ended must not keep a port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
        return False
