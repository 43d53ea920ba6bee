"""Small worlds for the matrix: Valkey, a publisher by hand, and gateways that come and go."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

from tests.clients.readers import Reader, patiently
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.ports import free_port
from tests.support.programs import Program, running
from tests.support.servers import valkey

SYMBOLS = [f"S{number}" for number in range(20)]

BATCH = 4
"""Ticks of a batch."""


def now() -> int:
    """Return the time that the judge's findings have, µs since the epoch."""
    return time.time_ns() // 1000


class World:
    """A feed, and gateways that share one port, as behind a balancer. An async context manager."""

    feeder: Feeder

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        """Where any of the gateways answers."""
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._redis = self._stack.enter_context(valkey())
        self.feeder = await self._stack.enter_async_context(Feeder(self._redis))
        await self._stack.enter_async_context(self.feeder.beating())
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def gateway(self, port: int | None = None, **settings: Any) -> Program:
        """Run one more gateway, on the shared port or its own, until the end; return when it is ready."""
        private = free_port()
        gateway = await self._stack.enter_async_context(
            running(
                "gateway",
                redis_url=self._redis,
                port=port or int(self.url.rpartition(":")[2]),
                private_port=private,
                reuse_port=True,
                gateway_id=f"gw-{private}",
                **settings,
            )
        )
        gateway.url = f"http://127.0.0.1:{private}"
        await eventually(gateway.ready)
        return gateway

    def stream(self, query: str = "") -> str:
        """Return the address of a stream."""
        return f"{self.url}/v1/stream{query}"

    @asynccontextmanager
    async def feeding(self, rate: int) -> AsyncIterator[None]:
        """Publish about `rate` ticks/s of SYMBOLS until the end of the block."""
        ended = asyncio.Event()

        async def feed() -> None:
            place = 0
            while not ended.is_set():
                await self.feeder.tick(*(SYMBOLS[(place + each) % len(SYMBOLS)] for each in range(BATCH)))
                place += BATCH
                await asyncio.sleep(BATCH / rate)

        task = asyncio.create_task(feed())
        try:
            yield
        finally:
            ended.set()
            await task

    async def level(self, readers: Sequence[Reader], seconds: float = 20) -> None:
        """Wait until every client that reads holds the newest tick of each symbol, or the time is up."""
        counts = self.feeder.counts
        await patiently(
            lambda: not any(each.reads and each.judge.behind(counts) for each in readers), seconds
        )


async def connected(readers: Sequence[Reader], times: int, seconds: float = 30) -> None:
    """Wait until every client that reads has had so many `hello`, and a tick after it, or the time is up."""
    await patiently(lambda: all(each.connected(times) or not each.reads for each in readers), seconds)
