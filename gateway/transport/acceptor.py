"""Accepts connections while there are file descriptors for them; the others wait in the kernel's queue.

asyncio's own loop logs a traceback for each connection that it has no descriptor for, 64 at a time, and
leaves none for Redis.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable

import structlog

from tickcast.gateway.transport.socket_options import tune
from tickcast.runtime.repeats import by_clients

BACKLOG = 4096
"""Connections that wait to be accepted, at most: a storm of returning clients comes within a second."""

BATCH = 64
"""Connections accepted in one iteration of the loop, at most: a storm must not stop everything else."""

RETRY = 0.1
"""Seconds after which a socket that had to wait is looked at again."""

_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_BROKEN = (errno.EBADF, errno.EINVAL, errno.ENOTSOCK)
"""Errors of the listening socket itself. Others are of a peer or its network: `accept` passes them on."""
_log = structlog.get_logger()


class Acceptor:
    """Accepts on one listening socket. It has what uvicorn asks of a server: `close` and `wait_closed`."""

    def __init__(
        self,
        sock: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        most: int | None,
        free_some: Callable[[], None],
        may_accept: Callable[[], bool] = lambda: True,
        batch: Callable[[], int] = lambda: BATCH,
    ) -> None:
        """Hold back connections from descriptor number `most` on, if given; then call `free_some` too.

        Also hold them back while `may_accept` says no. `batch` returns how many are accepted in an iteration
        of the loop, at most.
        """
        self._sock = sock
        self._make_protocol = make_protocol
        self._most = most
        self._free_some = free_some
        self._may_accept = may_accept
        self._batch = batch
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.TimerHandle | None = None
        self._starting: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """Listen and accept from now on. Raises OSError."""
        self._sock.listen(BACKLOG)
        self._start()

    def leave(self) -> None:
        """Accept whoever waits already, then stop listening: the kernel resets connections left waiting."""
        for _ in range(BACKLOG // BATCH):
            if not self._accept(BATCH):
                break
        self.close()

    def _start(self) -> None:
        self._waiting = None
        self._loop.add_reader(self._sock.fileno(), self._accept_some)

    def close(self) -> None:
        """Stop listening."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    async def wait_closed(self) -> None:
        """Wait until no connection is being set up."""
        await asyncio.gather(*self._starting)

    def _accept_some(self) -> None:
        self._accept(self._batch())

    def _accept(self, batch: int) -> bool:
        """Accept a batch of connections; tell whether more may wait."""
        for _ in range(batch):
            try:
                if not self._may_accept():
                    self._wait("too many connections without a stream: clients wait")
                    return False
                if not self._has_room():
                    self._wait("no file descriptors for more connections: clients wait")
                    return False
                connection, _ = self._sock.accept()
            except BlockingIOError:
                return False
            except (InterruptedError, ConnectionAbortedError):
                return True
            except OSError as error:
                if error.errno in _BROKEN:
                    raise
                if error.errno not in _EXHAUSTED:
                    return True
                self._wait(f"cannot accept connections: {error.strerror}")
                return False
            connection.setblocking(False)
            tune(connection)
            task = self._loop.create_task(self._set_up(connection))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)
        return True

    def _has_room(self) -> bool:
        """Tell whether a descriptor below the bound is free: a new one has the lowest free number."""
        if self._most is None:
            return True
        lowest = os.dup(self._sock.fileno())
        os.close(lowest)
        return lowest < self._most

    def _wait(self, why: str) -> None:
        self._free_some()
        self._loop.remove_reader(self._sock.fileno())
        self._waiting = self._loop.call_later(RETRY, self._start)
        if (left_out := by_clients.due(why)) is not None:
            hint = "raise the limit of open files (ulimit -n), or add gateways"
            _log.warning(why, hint=hint, left_out=left_out)

    async def _set_up(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError:
            connection.close()  # the client has gone already
