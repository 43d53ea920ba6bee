"""The HTTP server and its sockets."""

import asyncio
import socket
import sys

import pytest

from tests.support.changing import open_stream
from tests.support.event_stream import answer_of, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway
from tests.support.ports import accepts, free_port
from tests.support.programs import running
from tests.support.servers import PrivateValkey
from tickcast.gateway.server import GIVE_BACK, bind
from tickcast.gateway.transport.acceptor import Acceptor
from tickcast.gateway.transport.connection import Connection
from tickcast.runtime.memory import resident


async def test_no_frame_waits_until_the_one_before_is_acknowledged(gateway: LocalGateway) -> None:
    async with open_stream(gateway.url):
        (stream,) = gateway.streams.registry
        assert isinstance(stream, Connection)
        sock: socket.socket = stream.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_gateway_does_not_listen_on_a_shared_port_before_it_is_ready(
    private_valkey: PrivateValkey,
) -> None:
    port, private = free_port(), free_port()
    shared = {"port": port, "private_port": private, "reuse_port": True, "redis_url": private_valkey.url}
    private_valkey.pause()
    async with running("gateway", **shared) as gateway:
        gateway.url = f"http://127.0.0.1:{private}"

        async def says_unready() -> bool:
            return await accepts(private) and (await answer_of(gateway.url, "/readyz")).status == 503

        await eventually(says_unready)
        assert not await accepts(port)
        private_valkey.resume()
        async with Feeder(private_valkey.url) as feeder, feeder.beating():
            await eventually(gateway.ready)
            async with opened(f"http://127.0.0.1:{port}"):
                pass


@pytest.mark.skipif(sys.platform != "linux", reason="missing: /proc")
async def test_memory_that_clients_have_left_is_given_back(gateway: LocalGateway) -> None:
    # A fiftieth of it is still in use, all over the memory that is free.
    held = [bytes(600) for _ in range(200_000)][::50]
    before = resident()
    await gateway.server.on_tick(10 * GIVE_BACK)
    assert resident() < before - len(held) * 49 * 300


@pytest.mark.skipif(sys.platform != "linux", reason="missing: /proc")
async def test_memory_that_was_held_at_the_look_before_is_given_back(gateway: LocalGateway) -> None:
    held, bytes_ = [bytes(600) for _ in range(200_000)], gateway.hub.bytes
    bytes_.used += 120_000_000
    # As on every second, and at a look: all of it is in use.
    await gateway.server.on_tick(10)
    await gateway.server.on_tick(10 * GIVE_BACK)
    before = resident()
    bytes_.used -= 120_000_000
    held = held[::50]
    await gateway.server.on_tick(10 * GIVE_BACK)
    assert resident() < before - len(held) * 49 * 300


async def test_a_connection_that_waits_is_accepted_before_the_port_is_left() -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    class Echo(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            received.set_result(data)
            transport.close()

        def connection_made(self, made: asyncio.BaseTransport) -> None:
            nonlocal transport
            transport = made

    transport = asyncio.BaseTransport()
    sock = bind("127.0.0.1", 0, reuse_port=False)
    acceptor = Acceptor(sock, Echo, None, lambda: None)
    acceptor.listen()
    # Blocking: the loop must not accept it first.
    with socket.create_connection(sock.getsockname()) as client:
        acceptor.leave()
        client.sendall(b"hello")
        assert await asyncio.wait_for(received, 30) == b"hello"
        await acceptor.wait_closed()
