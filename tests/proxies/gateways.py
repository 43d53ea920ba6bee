"""Two gateways at ports of their own, which may be killed, drained and started again."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import Program, running, running_publisher
from tests.support.servers import valkey

DRAIN = 2
"""Seconds of a gateway's drain."""


class Gateways:
    """The gateways, and the feed behind them."""

    def __init__(self, redis_url: str, heartbeat: float) -> None:
        self.ports = [free_port(), free_port()]
        self._redis_url = redis_url
        self._heartbeat = heartbeat
        self._programs: dict[int, Program] = {}
        self._open = [AsyncExitStack(), AsyncExitStack()]

    async def start(self, number: int) -> None:
        """Start a gateway, and wait until it is ready."""
        program = await self._open[number].enter_async_context(
            running(
                "gateway",
                redis_url=self._redis_url,
                port=self.ports[number],
                gateway_id=f"gw-{number + 1}",
                drain=DRAIN,
                heartbeat=int(self._heartbeat * 1000),
            )
        )
        program.url = f"http://127.0.0.1:{self.ports[number]}"
        self._programs[number] = program
        await eventually(program.ready)

    async def end(self, number: int, how: signal.Signals) -> None:
        """End a gateway by a signal, and wait for its end."""
        self._programs[number].signal(how)
        # Not asked to end a second time meanwhile: that would cut a drain short.
        await self._programs[number].ended()
        await self._open[number].aclose()

    async def close(self) -> None:
        """End all that runs."""
        for each in self._open:
            await each.aclose()


@asynccontextmanager
async def running_gateways(rate: float, heartbeat: float = 5) -> AsyncIterator[Gateways]:
    """Run a Redis, a publisher of `rate` ticks a second and two gateways; `heartbeat` is in seconds."""
    with valkey() as redis_url:
        gateways = Gateways(redis_url, heartbeat)
        async with running_publisher(redis_url, symbols=20, rate=rate, seed=4):
            try:
                await asyncio.gather(*map(gateways.start, (0, 1)))
                yield gateways
            finally:
                await gateways.close()
