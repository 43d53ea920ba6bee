"""The HTTP server: uvicorn, with a drain before it stops.

uvicorn does not notify open streams of a shutdown, and the end of the lifespan comes only after the wait
for them. So the drain runs before uvicorn's own shutdown.
"""

import asyncio
import gc
import socket
from types import FrameType

import structlog
import uvicorn

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.app import build_app
from tickcast.gateway.transport.takeover import TakeoverProtocol

BACKLOG = 4096
"""Connections that wait to be accepted, at most: a storm of returning clients comes within a second."""

ACCEPTS = 64
"""Connections accepted in one iteration of the loop; asyncio uses its `backlog` for that too."""

log = structlog.get_logger()


class GatewayServer(uvicorn.Server):
    """One gateway on one or two listening sockets."""

    def __init__(self, gateway: Gateway, sockets: list[socket.socket], leave_at_once: bool) -> None:
        """Serve on `sockets`; `leave_at_once` closes them at the beginning of the drain."""
        super().__init__(
            uvicorn.Config(
                build_app(gateway),
                http=TakeoverProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=ACCEPTS,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=2,
            )
        )
        self._gateway = gateway
        self._sockets = sockets
        # With SO_REUSEPORT, stop listening first, so that the other processes get new connections. Behind a
        # balancer, go on answering 503, which sends the request to the next gateway.
        self._leave_at_once = leave_at_once

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the drain at the first signal; stop at once at the second."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def run_until_stopped(self) -> None:
        """Serve until a signal, then drain and stop."""
        await self.serve(sockets=self._sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; then keep garbage collection off the objects that live as long as the process."""
        await super().startup(sockets)
        for sock in self._sockets:
            sock.listen(BACKLOG)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain all streams, then let uvicorn shut down. A second signal ends the drain."""
        if self._leave_at_once:
            for server in self.servers:
                server.close()
        draining = asyncio.create_task(self._gateway.closing.drain())
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        await super().shutdown(sockets)
        log.info("stopped")


def listen(host: str, port: int, reuse_port: bool) -> socket.socket:
    """Return a listening, non-blocking TCP socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Name the protocol: asyncio turns Nagle's algorithm off only on a socket that says TCP. The algorithm
    # holds a small frame back until the client has acknowledged the last one (40 ms).
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock
