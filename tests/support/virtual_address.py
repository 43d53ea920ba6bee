"""An address that leads to one server after another, as a VIP, a Service or HAProxy does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.ports import free_port


class VirtualAddress:
    """A relay on a port of this machine. After a change of `target`, open connections stay where they are."""

    def __init__(self, target: int) -> None:
        self.target = target
        """The port that new connections lead to."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.accepted = 0
        """Connections so far."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
            try:
                await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))
            finally:
                far_writer.transport.abort()
        except (OSError, asyncio.CancelledError):
            pass  # `end` cancels, and asyncio's server takes a cancelled task for a fault
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def end(self) -> None:
        """Cut every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.transport.abort()


@asynccontextmanager
async def virtual_address(target: int) -> AsyncIterator[VirtualAddress]:
    """Run an address that leads to a port of this machine."""
    address = VirtualAddress(target)
    server = await asyncio.start_server(address.accept, "127.0.0.1", address.port)
    try:
        yield address
    finally:
        server.close()
        await address.end()
