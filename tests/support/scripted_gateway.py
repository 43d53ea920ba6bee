"""A server of scripted answers over raw sockets: what a gateway, or something on the way to it, may do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

END, HANG, RESET = "end", "hang", "reset"
"""What follows a script: an orderly end, nothing at all, or a broken connection."""


def event(kind: str, data: Any, cursor: str = "", retry: int | None = None) -> bytes:
    """Return an event as gateways write it."""
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    begin = "" if retry is None else f"retry: {retry}\n"
    end = f"id: {cursor}\n" if cursor else ""
    return f"{begin}event: {kind}\ndata: {text}\n{end}\n".encode()


def hello(cursor: str = "", resumed: str = "new", **fields: Any) -> bytes:
    """Return a hello of an exact stream; a client comes back after some ms."""
    body = {
        "stream": "s1", "gateway": "g", "version": 1, "interval": 0, "symbols": 1, "heartbeat": 5000,
        "t": 1_795_384_800_000_000, "epoch": "0a0a0a0a0a0a", "feed": "live", "resumed": resumed,
        "replayed": 0, "retry": 10,
    }  # fmt: skip
    return event("hello", body | fields, cursor, retry=10)


def tick(symbol: str, q: int, price: str = "1.50") -> str:
    """Return the JSON of a tick."""
    return f'{{"S":"{symbol}","q":{q},"t":1795384800000000,"p":{price}}}'


def ticks(cursor: str, *each: str) -> bytes:
    """Return an event with these ticks."""
    return event("ticks", f"[{','.join(each)}]", cursor)


def snapshot(cursor: str, *each: str) -> bytes:
    """Return a snapshot of these ticks."""
    return event("snapshot", f"[{','.join(each)}]", cursor)


def stream(body: bytes, then: str = END, head: str = "") -> tuple[bytes, str]:
    """Return the answer that is a stream, and what follows it."""
    lines = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{head}\r\n"
    return lines.encode() + body, then


def answer(status: int, body: bytes = b"", head: str = "") -> tuple[bytes, str]:
    """Return an answer that is no stream."""
    return f"HTTP/1.1 {status} x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body, END


def problem(status: int, detail: str = "", head: str = "") -> tuple[bytes, str]:
    """Return a refusal of a gateway."""
    body = json.dumps({"title": "x", "status": status, "detail": detail}).encode()
    return answer(status, body, f"Content-Type: application/problem+json\r\n{head}")


class ScriptedGateway:
    """Gives the n-th of `answers` to the n-th request, and the last one to all after it."""

    def __init__(self, answers: list[tuple[bytes, str]]) -> None:
        self.url = ""
        self.requests: list[str] = []
        """Heads of the requests, and their bodies."""
        self._answers = answers
        self._lasting: set[asyncio.Task[Any]] = set()
        self._hanging: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        task = asyncio.current_task()
        assert task is not None
        self._lasting.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lengths = [line.split(":")[1] for line in head.lower().split("\r\n") if "content-length:" in line]
            body = await reader.readexactly(int(lengths[0])) if lengths else b""
            self.requests.append(head + body.decode())
            data, then = self._answers[min(len(self.requests), len(self._answers)) - 1]
            writer.write(data)
            await writer.drain()
            if then == HANG:
                self._hanging.add(writer)
                await reader.read()
        if then == RESET:
            writer.transport.abort()
        writer.close()

    def cut(self, last: bytes = b"") -> None:
        """End the answers that hang, each with these bytes."""
        for writer in self._hanging:
            writer.write(last)
            writer.close()
        self._hanging.clear()

    def end(self) -> list[asyncio.Task[Any]]:
        """Cut what hangs."""
        for task in self._lasting:
            task.cancel()
        return [*self._lasting]


@asynccontextmanager
async def scripted_gateway(
    *answers: tuple[bytes, str], tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedGateway]:
    """Run such a server on a free port."""
    subject = ScriptedGateway([*answers])
    server = await asyncio.start_server(subject.serve, "127.0.0.1", 0, ssl=tls)
    subject.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield subject
    finally:
        server.close()
        await asyncio.gather(*subject.end(), return_exceptions=True)


def cursor_of(request: str) -> str:
    """Return the cursor of a request, empty without one."""
    lines = [line for line in request.split("\r\n") if line.lower().startswith("last-event-id:")]
    return lines[0].partition(": ")[2] if lines else ""


def body_of(request: str) -> Any:
    """Return the body of a request."""
    return json.loads(request.partition("\r\n\r\n")[2])
