"""A small real server of one scripted event stream, for tests of clients."""

import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.support.eventually import wait_until
from tests.support.ports import free_port


class SseServer:
    """Sends the n-th of `connections` to the n-th client, and the last one to all after it."""

    def __init__(
        self,
        connections: list[bytes],
        status: int = 200,
        body: bytes = b"",
        newest: str | None = "",
        scheme: str = "http",
    ) -> None:
        self.port = free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self._connections = connections
        self._status = status
        self._body = body
        self._newest = newest
        self.unready = 0
        """Snapshots that are answered with 503 at first, as by a gateway that has just started."""

    async def stream(self, request: Request) -> Response:
        """Answer `/v1/stream`; every stream ends after its script."""
        self.requests.append(request)
        if self._status != 200:
            return Response(self._body, self._status)
        script = self._connections[min(len(self.requests), len(self._connections)) - 1]

        async def send() -> AsyncIterator[bytes]:
            yield script

        return StreamingResponse(send(), media_type="text/event-stream")

    async def snapshot(self, request: Request) -> Response:
        """Answer `/v1/snapshot` with the newest ticks; None is a gateway that cannot now."""
        self.unready -= 1
        if self._newest is None or self.unready >= 0:
            return Response(status_code=503)
        return Response(f'{{"cursor":"c","ticks":[{self._newest}]}}', media_type="application/json")


@contextlib.contextmanager
def serving(
    *connections: bytes,
    status: int = 200,
    body: bytes = b"",
    newest: str | None = "",
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[SseServer]:
    """Give a server of `connections` that listens already, over TLS with a certificate and its key."""
    subject = SseServer(list(connections), status, body, newest, "https" if certificate else "http")
    app = Starlette(routes=[Route("/v1/stream", subject.stream), Route("/v1/snapshot", subject.snapshot)])
    file, key = certificate or (None, None)
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=subject.port, log_level="error", lifespan="off", ssl_certfile=file, ssl_keyfile=key
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield subject
    finally:
        server.should_exit = True
        thread.join()
