"""Free TCP ports on this machine."""

import asyncio
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

FIRST, LAST = 10_000, 32_767
"""Below those that the kernel gives to outgoing connections, and to whoever binds port 0."""

SLICES = 32
"""Test processes that run at once, of this run of the tests or another, each have ports of their own."""

_LOCKS: list[IO[str]] = []
"""Held until this process ends."""


def _slice() -> int:
    """Return the number of a slice that no other process has."""
    folder = Path(tempfile.gettempdir(), f"tickcast-test-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    for number in range(SLICES):
        lock = (folder / str(number)).open("w")
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError:
            lock.close()
        else:
            _LOCKS.append(lock)
            return number
    raise RuntimeError(f"{SLICES} processes run tests already")


def _ports() -> Iterator[int]:
    size = (LAST + 1 - FIRST) // SLICES
    begin = FIRST + _slice() * size
    # Not where the process before began: what it left behind may still end.
    for each in itertools.count(os.getpid() * 37):
        yield begin + each % size


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


async def accepts(port: int) -> bool:
    """Tell whether a connection to this port of 127.0.0.1 is accepted."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.transport.abort()
    return True
