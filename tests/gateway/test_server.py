"""The HTTP server and its sockets."""

import socket

from tests.support.changing import open_stream
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.transport.connection import Connection


async def test_no_frame_waits_until_the_one_before_is_acknowledged(gateway: LocalGateway) -> None:
    async with open_stream(gateway.url):
        (stream,) = gateway.streams.registry
        assert isinstance(stream, Connection)
        sock: socket.socket = stream.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
