"""A small real server of one scripted event stream, for tests of clients."""

import contextlib
import threading
from collections.abc import AsyncIterator, Iterator

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
        self, connections: list[bytes], status: int = 200, body: bytes = b"", snapshot: bytes | None = b"[]"
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self._connections = connections
        self._status = status
        self._body = body
        self._snapshot = snapshot

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
        """Answer `/v1/snapshot`; None is a gateway that cannot now."""
        return Response(self._snapshot, 200 if self._snapshot is not None else 503)


@contextlib.contextmanager
def serving(
    *connections: bytes, status: int = 200, body: bytes = b"", snapshot: bytes | None = b"[]"
) -> Iterator[SseServer]:
    """Give a server of `connections` that listens already."""
    subject = SseServer(list(connections), status, body, snapshot)
    app = Starlette(routes=[Route("/v1/stream", subject.stream), Route("/v1/snapshot", subject.snapshot)])
    server = uvicorn.Server(uvicorn.Config(app, port=subject.port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield subject
    finally:
        server.should_exit = True
        thread.join()
