"""Errors of `accept`: those of a peer are no fault of the gateway, those of the socket are."""

import asyncio
import errno
import os
import socket
from typing import Any

import pytest

from tests.support.eventually import eventually
from tickcast.gateway.transport.acceptor import Acceptor


class Failing(socket.socket):
    """A listening socket whose next `accept` fails."""

    number: int | None = None

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        if self.number is None:
            return connection, address
        number, self.number = self.number, None
        connection.close()
        raise OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "raised"),
    [
        (errno.ECONNABORTED, False),
        (errno.EPROTO, False),
        (errno.ENETDOWN, False),
        (errno.EHOSTUNREACH, False),
        (errno.EPERM, False),
        (errno.EINVAL, True),
    ],
    ids=lambda each: errno.errorcode.get(each) if type(each) is int else "",
)
async def test_an_error_of_one_peer_is_no_traceback_and_the_next_is_accepted(
    number: int, raised: bool
) -> None:
    loop, accepted, failed = asyncio.get_running_loop(), [], []

    def protocol() -> asyncio.Protocol:
        accepted.append(asyncio.Protocol())
        return accepted[-1]

    loop.set_exception_handler(lambda _, context: failed.append(context))
    with Failing() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        listening.number = number
        acceptor = Acceptor(listening, protocol, None, lambda: None)
        acceptor.listen()
        host, port = listening.getsockname()
        for _ in range(2):
            _, writer = await asyncio.open_connection(host, port)
            await eventually(lambda: listening.number is None)
            writer.transport.abort()
        await eventually(lambda: len(accepted) == 1)
        acceptor.close()
        await acceptor.wait_closed()
    assert bool(failed) == raised
