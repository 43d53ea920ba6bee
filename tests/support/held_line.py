"""A line to Redis that a test may hold up, so that a gateway hears of things later than another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class HeldLine:
    """A relay in front of a Redis."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    def hold(self) -> None:
        """Let nothing more come from Redis; it is kept for `release`."""
        self._open.clear()

    def release(self) -> None:
        """Let come what was held."""
        self._open.set()

    def cut(self) -> None:
        """Break every connection."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers |= {writer, far_writer}
        for source, target, held in ((reader, far_writer, False), (far_reader, writer, True)):
            task = asyncio.create_task(self._carry(source, target, held))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, held: bool) -> None:
        try:
            while data := await source.read(65536):
                if held:
                    await self._open.wait()
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.transport.abort()
            self._writers.discard(target)


@asynccontextmanager
async def held_line(url: str) -> AsyncIterator[HeldLine]:
    """Run a relay to the Redis at `url`."""
    line = HeldLine(url)
    server = await asyncio.start_server(line._accept, "127.0.0.1", 0)
    line.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        line.cut()
        line.release()
        for task in list(line._tasks):
            task.cancel()
        await asyncio.gather(*line._tasks, return_exceptions=True)
