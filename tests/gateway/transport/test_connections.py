"""Connections without a stream: how many there may be, and which are cut."""

import asyncio
import socket
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import pytest

from tests.support.event_stream import answer_of, opened
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.slow_client import small
from tickcast.gateway.transport.connections import Connections
from tickcast.gateway.transport.socket_options import NOTSENT_LOWAT


class Transport:
    """A transport in whose buffer some bytes wait."""

    waiting = 0
    aborted = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


class Carried:
    def __init__(self) -> None:
        self.transport = Transport()


def none_is_a_proxy(address: str) -> bool:
    return False


def test_a_client_that_reads_nothing_is_cut_and_one_that_reads_is_not() -> None:
    connections = Connections(30, none_is_a_proxy)
    idle, stalled, slow = Carried(), Carried(), Carried()
    for each in (idle, stalled, slow):
        assert connections.add(each, "a")
    stalled.transport.waiting, slow.transport.waiting = 500, 500
    for second in range(31):
        connections.cut_stalled(second)
        slow.transport.waiting -= 1
    assert not stalled.transport.aborted
    connections.cut_stalled(31)
    assert (idle.transport.aborted, stalled.transport.aborted, slow.transport.aborted) == (False, True, False)
    assert connections.cut["stalled"] == 1


def test_what_waits_is_timed_from_when_it_began_to_wait() -> None:
    connections = Connections(30, none_is_a_proxy)
    client = Carried()
    connections.add(client, "a")
    for second in range(100):
        # It reads all it is sent, and then it is sent more.
        client.transport.waiting = 500 * (second % 20 > 10)
        connections.cut_stalled(second)
    assert not client.transport.aborted


def test_an_address_has_its_share_unless_it_is_that_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.gateway.transport.connections.SHARE", 2)
    monkeypatch.setattr("tickcast.gateway.transport.connections.MOST", 6)
    connections = Connections(30, lambda address: address == "proxy")
    first = Carried()
    assert connections.add(first, "a")
    assert connections.add(Carried(), "a")
    assert not connections.add(Carried(), "a")
    assert connections.add(Carried(), "b")
    assert all(connections.add(Carried(), "proxy") for _ in range(3))
    assert not connections.has_room()
    assert (len(connections), connections.cut["share"]) == (6, 1)
    connections.discard(first)
    connections.discard(first)
    assert connections.has_room()
    assert connections.add(Carried(), "a")


async def test_no_socket_holds_much_unsent_and_each_notices_a_dead_client(gateway: LocalGateway) -> None:
    parts = urlsplit(gateway.url)
    opened_ = await asyncio.open_connection(parts.hostname, parts.port)
    await eventually(lambda: len(gateway.gateway.connections) == 1)
    [protocol] = gateway.server.server_state.connections
    sock: socket.socket = protocol.transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == NOTSENT_LOWAT
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000
    opened_[1].close()
    await opened_[1].wait_closed()
    await eventually(lambda: not len(gateway.gateway.connections))


async def test_a_stream_is_no_longer_counted_among_them(gateway: LocalGateway) -> None:
    async with opened(gateway.url):
        assert len(gateway.gateway.connections) == 0


async def test_an_answer_that_nobody_reads_is_cut(feeder: Feeder, valkey_url: str) -> None:
    symbols = [f"S{number:04}" for number in range(6000)]
    for at in range(0, len(symbols), 1000):
        await feeder.tick(*symbols[at : at + 1000])
    async with local_gateway(valkey_url, stall=1) as gateway:
        connections, held = gateway.gateway.connections, gateway.hub.bytes
        client = await small(gateway.url, "/v1/snapshot")
        await eventually(lambda: held.used > 300_000)
        [protocol] = gateway.server.server_state.connections
        # The rest of half a MB waits once, in the application, for the socket to take more.
        assert 0 < protocol.transport.get_write_buffer_size() < 200_000
        await eventually(lambda: connections.cut["stalled"] == 1)
        await eventually(lambda: not (len(connections) or held.used))
        client.close()


async def test_a_connection_beyond_all_waits_until_one_has_gone(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.transport.connections.MOST", 3)
    parts = urlsplit(gateway.url)
    async with AsyncExitStack() as stack:
        # Kept: asyncio closes a connection whose reader is gone.
        idle = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(3)]
        for _, writer in idle:
            stack.callback(writer.transport.abort)
        await eventually(lambda: len(gateway.gateway.connections) == 3)
        waiting = asyncio.create_task(answer_of(gateway.url, "/healthz"))
        assert not (await asyncio.wait([waiting], timeout=0.5))[0]
    assert (await waiting).status == 200


async def test_a_connection_beyond_its_share_is_closed(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.transport.connections.SHARE", 1)
    parts = urlsplit(gateway.url)
    first = await asyncio.open_connection(parts.hostname, parts.port)
    await eventually(lambda: len(gateway.gateway.connections) == 1)
    second = await asyncio.open_connection(parts.hostname, parts.port)
    assert await asyncio.wait_for(second[0].read(), 30) == b""
    for _, writer in (first, second):
        writer.transport.abort()
