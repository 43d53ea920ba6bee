"""A connection that is taken over while answers before the stream still wait to be read."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway

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
            await eventually(lambda: gateway.gateway.ingest.ticks == 2 * len(SYMBOLS))
            assert subscriber.waiting() == waiting > 0
            # Not before: it must not be cut while it is looked at.
            gateway.streams.slow._stall = 1.0
            await eventually(lambda: gateway.gateway.lifecycle.slow.stalled == 1)
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
