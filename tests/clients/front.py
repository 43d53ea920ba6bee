"""What stands between a client and the gateways: it chooses one for each connection, and cuts connections."""

import asyncio
import itertools
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Self


def field(head: str, name: str) -> str:
    """Return the value of a field of a head, empty if it has none."""
    begin = f"{name.lower()}:"
    found = [line[len(begin) :].strip() for line in head.split("\r\n") if line.lower().startswith(begin)]
    return found[0] if found else ""


TICK = re.compile(rb"event: tick\n(?:[^\n]+\n)+\n")

TICKS = 5
"""Ticks of an answer; it ends inside the last one."""

PLACES = ("event", "event\n", "data", "data\n", "id", "id\n")
"""Where an event is cut: in the middle and at the end of each of its three lines."""


def torn(seen: bytes, place: int) -> bytes | None:
    """Return what of an answer comes before the place of a cut; None: that is still to come."""
    ticks = list(itertools.islice(TICK.finditer(seen), TICKS))
    if len(ticks) < TICKS:
        return None
    begin = ticks[-1].start()
    line, half = place // 2, place % 2 == 0
    lines = ticks[-1][0].splitlines(keepends=True)
    size = sum(map(len, lines[:line])) + (len(lines[line]) // 2 if half else len(lines[line]))
    return seen[: begin + size]


PATIENCE = 5
"""Seconds in which a client leaves after the end of an answer."""


class Way(NamedTuple):
    """Where a connection goes."""

    port: int
    balanced: bool = False
    """Whether this says that it is a balancer; it passes the 503 that it is sent on all the same."""
    tear: int | None = None
    """Which of PLACES the answer ends at."""


class Front:
    """Passes the connections of a client on, each by the next of `ways`, the last by all further ones.

    An async context manager.
    """

    def __init__(self, *ways: Way) -> None:
        self.heads: list[str] = []
        """The head of each request."""
        self.answers: list[str] = []
        """The head of each answer."""
        self._ways: Sequence[Way] = ways
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        # A client may go at any time, and a gateway refuse.
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._pass_on(reader, writer)
        writer.transport.abort()
        self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        way = self._ways[min(len(self.heads), len(self._ways) - 1)]
        self.heads.append(head)
        if way.balanced:
            head = head.replace("\r\n", "\r\nX-Tickcast-Balanced: 1\r\n", 1)
        from_gateway, to_gateway = await asyncio.open_connection("127.0.0.1", way.port)
        self._open |= {writer, to_gateway}
        try:
            to_gateway.write(head.encode("latin-1"))
            answer = await from_gateway.readuntil(b"\r\n\r\n")
            self.answers.append(answer.decode("latin-1"))
            writer.write(answer)
            if way.tear is not None:
                await self._tear(from_gateway, writer, way.tear)
                await _end(reader, writer)
                return
            while data := await from_gateway.read(1 << 16):
                writer.write(data)
                await writer.drain()
            await _end(reader, writer)
        finally:
            self._open -= {writer, to_gateway}
            to_gateway.transport.abort()

    async def _tear(
        self, from_gateway: asyncio.StreamReader, writer: asyncio.StreamWriter, place: int
    ) -> None:
        seen, part = b"", None
        while part is None:
            data = await from_gateway.read(1 << 16)
            if not data:
                return
            seen += data
            part = torn(seen, place)
        writer.write(part)


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End the answer in order: a reset would take from a slow client what it has not read yet."""
    writer.write_eof()
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(), PATIENCE)
