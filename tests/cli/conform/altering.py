"""A proxy in front of a gateway that does one thing wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


def same(text: bytes) -> bytes:
    """Return what was given: nothing is wrong."""
    return text


class Altering:
    """What is changed on the way: heads of requests and answers, whole events."""

    def __init__(
        self,
        request: Callable[[bytes], bytes] = same,
        answer: Callable[[bytes, bytes], bytes | None] = lambda asked, head: None,
        event: Callable[[bytes], bytes] = same,
    ) -> None:
        self.request = request
        """The head of a request -> the head that the gateway gets."""
        self.answer = answer
        """Heads of request and answer -> a whole other answer, or a head without an end; None: as it is."""
        self.event = event
        """An event with its blank line -> what is sent in its place."""


@asynccontextmanager
async def altering(url: str, how: Altering) -> AsyncIterator[str]:
    """Run the proxy; the value is its address."""
    parts = urlsplit(url)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = None
        current = asyncio.current_task()
        assert current is not None
        serving.add(current)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            asked = re.sub(rb"(?im)^connection: .*\r\n", b"", how.request(head))
            source, behind = await asyncio.open_connection(parts.hostname, parts.port)
            behind.write(asked.replace(b"\r\n", b"\r\nconnection: close\r\n", 1) + body)
            await pass_on(head, source, writer)
        # Its end by the test is no error; Python 3.11 would log it as one.
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            serving.discard(current)
            for each in (writer, behind):
                if each is not None:
                    each.close()

    async def pass_on(asked: bytes, source: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await source.readuntil(b"\r\n\r\n")
        other = how.answer(asked, head)
        if other is not None and other.count(b"\r\n\r\n"):
            writer.write(other)
            await writer.drain()
            return
        head = other + b"\r\n" if other is not None else head
        packed = b"content-encoding" in head
        if b"text/event-stream" in head and b"chunked" in head and not packed:
            writer.write(head.replace(b"transfer-encoding: chunked\r\n", b""))
            rest = b""
            while data := await chunk(source):
                *events, rest = (rest + data).split(b"\n\n")
                for event in events:
                    writer.write(how.event(event + b"\n\n"))
                await writer.drain()
            return
        writer.write(head)
        while data := await source.read(65536):
            writer.write(data)
            await writer.drain()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in [*serving]:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def chunk(source: asyncio.StreamReader) -> bytes:
    """Return the next chunk of a body; empty at its end."""
    size = int((await source.readline()) or b"0", 16)
    return (await source.readexactly(size + 2))[:-2]


def page(status: int) -> bytes:
    """Return the answer of something that knows nothing of us."""
    return b"HTTP/1.1 %d No\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nno" % status
