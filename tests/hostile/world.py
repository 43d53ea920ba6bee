"""What is attacked: a Redis, a publisher and a gateway, behind nginx or not; and the crowd beside."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psutil
from redis.asyncio import Redis

from tests.hostile.crowd import HARM
from tests.support.eventually import eventually
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.programs import Program, running_gateway, running_publisher
from tests.support.servers import valkey
from tickcast.bench.balancer import configure
from tickcast.wire.names import FeedNames

DOORS = ("direct", "nginx")
"""Where a client may knock: at the gateway itself, or at nginx with the configuration of deploy/nginx."""

CLIENT = "127.0.0.2"
"""The address that attacks come from; the crowd has another, so limits by address tell them apart."""


class World:
    """A running Tickcast."""

    others: tuple[int, ...] = ()
    """Ports of the gateways beside it, which clients come to directly."""
    nginx: Path | None = None
    """The folder of nginx, with its log and its files of waiting bytes; None without nginx."""

    def __init__(self, gateway: Program, port: int, redis_url: str) -> None:
        self.gateway = gateway
        self.port = port
        """The door of 127.0.0.1 that clients, good and bad, come to."""
        self.url = f"http://127.0.0.1:{port}"
        self.redis_url = redis_url
        self._process = psutil.Process(gateway.pid)

    def memory(self) -> int:
        """Return the bytes of the gateway that are resident."""
        return int(self._process.memory_info().rss)

    async def metric(self, name: str, **labels: str) -> float:
        """Return a metric of the gateway, the sum of those that have these labels."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            text = (await http.get(f"{self.gateway.url}/metrics")).text
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        found = [
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith((f"tickcast_gateway_{name} ", f"tickcast_gateway_{name}{{"))
            and all(each in line for each in wanted)
        ]
        assert found, f"no metric {name} {labels}"
        return sum(found)


@asynccontextmanager
async def running_world(
    door: str,
    symbols: int = 100,
    rate: float = 300,
    filled: bool = False,
    gateways: int = 1,
    **settings: Any,
) -> AsyncIterator[World]:
    """Run it all; `settings` are those of the gateway, which trusts nginx as in deploy/.

    `filled`: nearly all symbols have prices before the gateway starts, so it grows by no symbol later.
    """
    settings = {"trusted_proxies": "127.0.0.1", "allocator": "malloc", **settings}
    with valkey() as redis_url:
        if filled:
            await _fill(redis_url, symbols)
        async with AsyncExitStack() as running:
            await running.enter_async_context(
                running_publisher(redis_url, symbols=symbols, rate=rate, seed=1)
            )
            gateway, *others = [
                await running.enter_async_context(running_gateway(redis_url, **settings))
                for _ in range(gateways)
            ]
            port = _port_of(gateway)
            if door == "direct":
                world = World(gateway, port, redis_url)
            else:
                balanced, folder = running.enter_context(deployed_nginx(port))
                world = World(gateway, balanced, redis_url)
                world.nginx = folder
            world.others = tuple(map(_port_of, others))
            yield world


def _port_of(gateway: Program) -> int:
    return int(gateway.url.rpartition(":")[2])


async def _fill(redis_url: str, symbols: int) -> None:
    """Publish until nearly all symbols have a price."""
    redis = Redis.from_url(redis_url)
    async with running_publisher(redis_url, symbols=symbols, rate=10_000, seed=1):

        async def is_full() -> bool:
            return await redis.hlen(FeedNames("main").last(0)) >= 0.99 * symbols

        assert await eventually(is_full, 60)
    await redis.aclose()


@contextmanager
def deployed_nginx(gateway: int) -> Iterator[tuple[int, Path]]:
    """Run nginx with the configuration of deploy/nginx before a gateway; the value: its port and folder."""
    with TemporaryDirectory(prefix="tickcast-hostile-", ignore_cleanup_errors=True) as name:
        folder, port, health = Path(name), free_port(), free_port()
        with running_nginx(folder, configure(folder, port, health, gateway), health):
            yield port, folder


class Crowd:
    """The well-behaved clients; see crowd.py."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.found: dict[str, Any] = {}
        """What they found, at the end."""

    async def begin(self, phase: str) -> None:
        """Begin a phase: ages count for it from now on."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{phase}\n".encode())
        await self._process.stdin.drain()

    async def end(self) -> dict[str, Any]:
        """Let every client receive all that there is; return what they found."""
        await self.begin("end")
        assert self._process.stdout is not None
        self.found = json.loads(await self._process.stdout.readline())
        await self._process.wait()
        return self.found

    def assert_exact(self) -> None:
        """Be sure that nobody lost a tick, was told of one, or had to come back."""
        wrong = {name: self.found[name] for name in HARM if self.found[name]}
        assert not wrong, self.found
        assert self.found["ticks"] > 0


@asynccontextmanager
async def crowd_at(world: World, every: int = 10, conflated: int = 10) -> AsyncIterator[Crowd]:
    """Let well-behaved clients come to the door of a world; all are there when the block begins."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.hostile.crowd", world.url, str(every), str(conflated)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"all are there\n"
        crowd = Crowd(process)
        await crowd.begin("quiet")
        yield crowd
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def unharmed(world: World, **counts: int) -> AsyncIterator[Crowd]:
    """Run a crowd beside what the block does, and be sure at the end that it was exact."""
    async with crowd_at(world, **counts) as crowd:
        yield crowd
        await crowd.end()
        crowd.assert_exact()
        assert await eventually(world.gateway.ready)
