"""A whole Tickcast on this machine: Valkey, a publisher, and gateways that share one port."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import Program, running, running_publisher
from tests.support.servers import valkey


class Stack(NamedTuple):
    """The running programs; each may be signalled, and all are ended by pid."""

    url: str
    """Where any of the gateways answers."""
    redis_url: str
    publisher: Program
    gateways: dict[str, Program]
    """By gateway id; the `url` of each reaches it alone."""


@asynccontextmanager
async def running_stack(
    gateways: int = 2, gateway: dict[str, Any] | None = None, **source: Any
) -> AsyncIterator[Stack]:
    """Run it all, `source` being settings of the publisher, until the block ends.

    A gateway that is killed leaves its port to the others, as behind a balancer.
    """
    port = free_port()
    async with AsyncExitStack() as programs:
        redis_url = programs.enter_context(valkey())
        publisher = await programs.enter_async_context(running_publisher(redis_url, **source))
        running_gateways = {}
        for number in range(1, gateways + 1):
            gateway_id, private_port = f"gw-{number}", free_port()
            program = await programs.enter_async_context(
                running(
                    "gateway",
                    redis_url=redis_url,
                    port=port,
                    private_port=private_port,
                    reuse_port=True,
                    gateway_id=gateway_id,
                    **(gateway or {}),
                )
            )
            program.url = f"http://127.0.0.1:{private_port}"
            running_gateways[gateway_id] = program
        for program in running_gateways.values():
            await eventually(program.ready)
        yield Stack(f"http://127.0.0.1:{port}", redis_url, publisher, running_gateways)
