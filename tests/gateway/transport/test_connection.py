"""A connection that is taken over while answers before the stream still wait to be read."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.gateway.transport.connection import Connection

SYMBOLS = [f"S{number:04}" for number in range(300)]
"""A snapshot of them has some 24 KB; the kernel takes 20 to 40 KB that nobody reads."""
ASK = b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def unread(gateway: LocalGateway, snapshots: int) -> AsyncIterator[socket.socket]:
    """Ask for snapshots and then for a stream, at once, and read nothing."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, ("127.0.0.1", gateway.gateway.settings.port))
        await loop.sock_sendall(client, (ASK % b"/v1/snapshot") * snapshots + ASK % b"/v1/stream")
        yield client


# So many leave more in the buffer than the HTTP server lets stand, or less than that.
@pytest.mark.parametrize("snapshots", [3, 4])
async def test_a_stream_behind_answers_that_nobody_reads_counts_as_slow_and_is_cut(
    feeder: Feeder, valkey_url: str, snapshots: int
) -> None:
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url, stall=300, compress=False) as gateway:
        async with unread(gateway, snapshots):
            await eventually(lambda: len(gateway.streams.registry) == 1)
            assert gateway.streams.slow.full == set(gateway.streams.registry)
            [subscriber] = gateway.streams.registry
            waiting = subscriber.waiting()
            await feeder.tick(*SYMBOLS)
            await eventually(lambda: gateway.gateway.live.ingest.ticks == 2 * len(SYMBOLS))
            assert subscriber.waiting() == waiting > 0
            # Not before: it must not be cut while it is looked at.
            gateway.streams.slow._stall = 1.0
            await eventually(lambda: gateway.gateway.live.lifecycle.slow.stalled == 1)
        await eventually(gateway.is_empty)


async def test_a_stream_behind_answers_goes_on_when_they_have_been_read(
    feeder: Feeder, valkey_url: str
) -> None:
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url) as gateway, unread(gateway, 4) as client:
        await eventually(lambda: len(gateway.streams.slow.full) == 1)
        loop, received = asyncio.get_running_loop(), b""
        while b"event: hello" not in received:
            received = received[-20:] + await loop.sock_recv(client, 1 << 16)
        await feeder.tick("S0000")
        while b'{"S":"S0000","q":2' not in received:
            received = received[-40:] + await loop.sock_recv(client, 1 << 16)
        await eventually(lambda: not gateway.streams.slow.full)


async def test_a_slow_client_that_hangs_up_in_order_is_gone_at_once_and_written_to_no_more(
    feeder: Feeder, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url, stall=300) as gateway, unread(gateway, 4) as client:
        await eventually(lambda: len(gateway.streams.slow.full) == 1)
        # It misses more than one write will bring.
        for _ in range(10):
            await feeder.tick(*SYMBOLS)
        await eventually(lambda: gateway.gateway.live.ingest.ticks == 11 * len(SYMBOLS))
        client.shutdown(socket.SHUT_WR)
        # It has read nothing yet: what waits for it is dropped, long before the kernel gives up.
        await eventually(gateway.is_empty, 15)
        loop = asyncio.get_running_loop()
        with suppress(ConnectionResetError):
            while await loop.sock_recv(client, 1 << 16):
                pass
    assert caplog.records == []


async def test_a_slow_client_that_resets_while_it_is_sent_the_rest_ends_once(
    feeder: Feeder, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url, stall=300) as gateway, unread(gateway, 4):
        await eventually(lambda: len(gateway.streams.slow.full) == 1)
        [subscriber] = gateway.streams.registry
        await feeder.tick(*SYMBOLS)
        await eventually(lambda: gateway.gateway.live.ingest.ticks == 2 * len(SYMBOLS))
        assert isinstance(subscriber, Connection)
        # The buffer has just gone out when the kernel learns of the reset: the next write fails.
        transport: Any = subscriber.transport
        transport._sock = Resets(transport._sock)
        transport._write_ready()
        await eventually(gateway.is_empty)
    assert caplog.records == []


class Resets:
    """A socket that takes everything once, and is then reset by the other side."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._taken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: Any) -> int:
        if self._taken:
            raise BrokenPipeError
        self._taken = True
        return len(data)
