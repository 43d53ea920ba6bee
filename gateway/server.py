"""The HTTP server: uvicorn, told to drain before it stops.

uvicorn gives open streams no sign of a shutdown, and lifespan's end comes after the wait for
them; so the drain is put before uvicorn's own shutdown.
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
"""Connections waiting to be accepted: a storm of returning clients comes within a second."""

ACCEPTS = 64
"""Connections accepted in one turn of the loop; asyncio takes its backlog for that, too."""

log = structlog.get_logger()


class GatewayServer(uvicorn.Server):
    """One gateway on one or two listening sockets."""

    def __init__(self, gateway: Gateway, sockets: list[socket.socket], leave_at_once: bool) -> None:
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
        # Who shares its port must stop listening first: the others take what comes. Behind a
        # balancer it goes on answering 503, which sends the request to the next gateway.
        self._leave_at_once = leave_at_once

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop at the first signal, and stop at once at the second."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True

    async def run_until_stopped(self) -> None:
        """Serve until a signal comes, then drain and stop."""
        await self.serve(sockets=self._sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then keep the collector off what lives as long as the process."""
        await super().startup(sockets)
        for sock in self._sockets:
            sock.listen(BACKLOG)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then let uvicorn shut down."""
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
    """Return a listening TCP socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # By its name: asyncio turns Nagle's algorithm off, which holds back a small frame until the client
    # has acknowledged the one before (40 ms), only where the protocol of a socket says TCP.
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
