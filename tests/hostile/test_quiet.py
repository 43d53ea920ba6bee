"""No client makes a program write a line, or a traceback, for each request."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.hostile.attacks.noise import ENDINGS, REQUESTS, make_noise
from tests.hostile.attacks.work import replay
from tests.hostile.world import DOORS, World, running_world, unharmed
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import running_publisher

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("door", DOORS)
async def test_what_clients_do_wrong_writes_no_line_into_the_log_of_a_gateway(door: str) -> None:
    # A snapshot of so many symbols goes out in several pieces.
    async with running_world(door, symbols=1500, rate=3000, trusted_proxies="127.0.0.1") as world:
        await eventually(lambda: _has_symbols(world, 1350))
        async with unharmed(world):
            before = world.gateway.output()
            counts = await make_noise(world.port, 2)
            assert counts["connections"] == 2 * len(REQUESTS) * len(ENDINGS)
            logged = world.gateway.output()[len(before) :]
            assert "Traceback" not in logged
            assert logged.splitlines() == []


async def test_streams_that_are_cut_in_the_middle_of_a_replay_write_no_line() -> None:
    async with running_world("direct", symbols=200, rate=3000, ring_seconds=8) as world, unharmed(world):
        before = world.gateway.output()
        counts = await replay(world.port, 10, 8, behind=3)
        assert counts["replayed"]
        # asyncio warns of what is written to a socket that a reset has ended.
        assert "socket.send()" not in world.gateway.output()[len(before) :]


async def _has_symbols(world: World, count: int) -> bool:
    return await world.metric("symbols") >= count


async def test_requests_that_are_none_are_one_line_in_the_log_of_a_publisher(
    valkey_url: str, tmp_path: Path
) -> None:
    secret, port = tmp_path / "secret", free_port()
    secret.write_text("a secret of 32 characters, or so")
    settings = {"source": "inbox", "hand_in_port": port, "hand_in_secret_file": secret}
    async with running_publisher(valkey_url, **settings) as publisher:
        publisher.url = f"http://127.0.0.1:{port}"
        await eventually(lambda: "takes ticks over HTTP" in publisher.output())
        await eventually(lambda: _is_open(publisher.url))
        before = publisher.output()
        for _ in range(30):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\0\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            writer.close()
        logged = publisher.output()[len(before) :]
        assert logged.count("Invalid HTTP request received.") == 1
        assert "Traceback" not in logged


async def _is_open(url: str) -> bool:
    parts = urlsplit(url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        return False
    writer.close()
    return True
