"""A line between two parts that can be slow, thin, cut or a black hole: a TCP relay of the referee's own."""

import asyncio
from contextlib import suppress

UP, DOWN = "up", "down"
"""Towards the server, and back from it."""


class Line:
    """A relay to a port of this machine. `open` it, use `port`, `close` it."""

    def __init__(self, target: int, port: int) -> None:
        self.port = port
        self.target = target
        """Port that new connections lead to."""
        self.delay = 0.0
        """Seconds that everything waits."""
        self.rate = 0
        """Bytes a second of each connection and way; 0: as many as there are."""
        self._holes: set[str] = set()
        self._changed = asyncio.Event()
        self._torn = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Cut everything and end."""
        if self._server is not None:
            self._server.close()
        self.heal()
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hole(self, *ways: str) -> None:
        """Let nothing through in these ways; it waits, as behind a network that drops it, until `heal`."""
        self._holes |= set(ways)

    def heal(self) -> None:
        """Be an honest line again."""
        self._holes.clear()
        self.delay, self.rate, self._torn = 0.0, 0, False
        self._changed.set()
        self._changed = asyncio.Event()

    def cut(self) -> None:
        """Break every connection."""
        for end in list(self._ends):
            end.transport.abort()

    def tear(self) -> None:
        """Break each connection in the middle of what comes next from the server."""
        self._torn = True

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._ends.add(writer)
        try:
            # A black hole swallows the request for a connection, too.
            while self._holes:
                await self._changed.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            self._ends.discard(writer)
            return
        self._ends.add(far_writer)
        both = (self._carry(reader, far_writer, UP), self._carry(far_reader, writer, DOWN))
        try:
            await asyncio.gather(*both)
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self._ends.discard(end)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, way: str) -> None:
        target.transport.set_write_buffer_limits(high=4096)
        with suppress(OSError):
            while data := await source.read(self._piece()):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.rate:
                    await asyncio.sleep(len(data) / self.rate)
                while way in self._holes:
                    await self._changed.wait()
                if self._torn and way == DOWN:
                    target.write(data[: len(data) // 2])
                    await target.drain()
                    # Closed and not aborted, so that the half arrives.
                    target.close()
                    return
                target.write(data)
                await target.drain()
        target.transport.abort()

    def _piece(self) -> int:
        return max(256, self.rate // 20) if self.rate else 65536
