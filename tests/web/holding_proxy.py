"""A proxy that holds streams back, in ways that nginx cannot: it passes other answers on at once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class HoldingProxy:
    """Passes a stream's first bytes on once there are `least`, and none after `most`."""

    def __init__(self, upstream: str, least: int = 0, most: int | None = None) -> None:
        self.opened: list[str] = []
        """Targets of the streams that were asked for."""
        self._upstream = urlsplit(upstream)
        self._least, self._most = least, most
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, which has one request."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._pass_on(reader, writer)
        finally:
            self._running.discard(task)
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        is_stream = target.startswith("/v1/stream?")
        if is_stream:
            self.opened.append(target)
        answers, asks = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        asks.write(
            re.sub(rb"\r\nconnection:[^\r]*", b"", head[:-2], flags=re.I) + b"connection: close\r\n\r\n"
        )
        asking = asyncio.create_task(_copy(reader, asks))
        try:
            await self._answer(answers, writer, is_stream)
        finally:
            asking.cancel()
            asks.transport.abort()

    async def _answer(self, answers: asyncio.StreamReader, writer: asyncio.StreamWriter, holds: bool) -> None:
        held, passed = b"", 0
        while data := await answers.read(1 << 16):
            held += data
            if holds and (
                passed + len(held) < self._least or (self._most is not None and passed >= self._most)
            ):
                continue
            writer.write(held)
            passed, held = passed + len(held), b""
            await writer.drain()

    async def end(self) -> None:
        """Cut all connections."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def holding_proxy(
    upstream: str, least: int = 0, most: int | None = None
) -> AsyncIterator[tuple[HoldingProxy, str]]:
    """Run such a proxy; the value: it, and its address."""
    proxy = HoldingProxy(upstream, least, most)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield proxy, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await proxy.end()
