"""The HTTP server: uvicorn, with a drain before it stops.

uvicorn does not notify open streams of a shutdown, and the end of the lifespan comes only after the wait
for them. So the drain runs before uvicorn's own shutdown.
"""

import asyncio
import gc
import socket
from types import FrameType
from typing import cast

import structlog
import uvicorn

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.http.app import build_app
from tickcast.gateway.transport.acceptor import BACKLOG, Acceptor
from tickcast.gateway.transport.descriptors import Descriptors, share_out
from tickcast.gateway.transport.request_turns import RequestTurns
from tickcast.gateway.transport.takeover import TakeoverProtocol
from tickcast.runtime import ports
from tickcast.runtime.files import file_limit
from tickcast.runtime.http_server import SERVER_OPTIONS
from tickcast.runtime.memory import FreeMemory

log = structlog.get_logger()


FINISH = 1.0
"""Seconds after a drain in which clients may read the rest of their answers."""

GIVE_BACK = 30
"""Seconds after which free memory is given back: what clients took comes back when they leave."""


class GatewayServer(uvicorn.Server):
    """One gateway on one or two listening sockets."""

    def __init__(
        self,
        gateway: Gateway,
        sockets: list[socket.socket],
        shared: bool,
        most_descriptors: int | None = None,
    ) -> None:
        """Serve on `sockets`, the first of which is public and the second private, if there is one.

        The public one listens from the start to the end; a `shared` one, which other gateways listen on
        too, from the moment this gateway is ready until the drain begins. Public connections are held back
        from descriptor number `most_descriptors` on.
        """
        super().__init__(
            uvicorn.Config(build_app(gateway), http=TakeoverProtocol, lifespan="on", **SERVER_OPTIONS)
        )
        self._gateway = gateway
        self._sockets = sockets
        # The kernel gives a shared port's connections to every process that listens, ready or not. A refused
        # client tries again, and finds another gateway; one that is accepted can be sent nowhere else.
        self._shared = shared
        self._unopened: Acceptor | None = None
        """The acceptor of a shared port, until this gateway is ready for the first time."""
        self._most_descriptors = most_descriptors
        self._connections = gateway.connections
        self._turns = RequestTurns(gateway.addresses.of)
        self._memory = FreeMemory()

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
        # Without sockets uvicorn starts the application, and accepts nothing.
        await super().startup([])
        public, *private = self._sockets
        acceptors = [
            Acceptor(
                public,
                self._make_protocol,
                self._most_descriptors,
                self._close_idle,
                self._connections.has_room,
                self._turns.to_accept,
            ),
            *(Acceptor(sock, self._make_protocol, None, self._close_idle) for sock in private),
        ]
        self.servers = cast("list[asyncio.base_events.Server]", acceptors)
        for acceptor in acceptors:
            if self._shared and self._unopened is None:
                self._unopened = acceptor
                self._gateway.is_listening = False
            else:
                acceptor.listen()
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    async def on_tick(self, counter: int) -> bool:
        """Listen on a shared port once the gateway is ready; uvicorn calls this ten times a second."""
        if counter % 10 == 0:
            self._memory.note(self._gateway.live.hub.bytes.used)
            self._connections.cut_stalled(asyncio.get_running_loop().time())
        if counter % (10 * GIVE_BACK) == 0:
            self._memory.give_back(self._gateway.live.hub.bytes.used)
        if self._unopened is not None and self._gateway.live.state.is_ready:
            self._unopened.listen()
            self._unopened = None
            self._gateway.is_listening = True
            log.info("listening on the shared port")
        return await super().on_tick(counter)

    def _make_protocol(self) -> asyncio.Protocol:
        return TakeoverProtocol(
            *(self.config, self.server_state, self.lifespan.state),
            connections=self._connections,
            turns=self._turns,
        )

    def _close_idle(self) -> None:
        """Close connections that wait for a next request: a client opens another one when it has to."""
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            if cycle is not None and cycle.response_complete:
                connection.shutdown()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain all streams, then let uvicorn shut down. A second signal ends the drain."""
        if self._shared and self._unopened is None:
            # The private port goes on: it says that this gateway drains, and shows its metrics.
            public, *_ = cast("list[Acceptor]", self.servers)
            public.leave()
        draining = asyncio.create_task(self._gateway.closing.drain())
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        # uvicorn would log a traceback for each answer that it has to give up.
        await self._connections.finish(FINISH)
        await super().shutdown(sockets)
        log.info("stopped")


def share_out_files(streams: int) -> Descriptors:
    """Return what of `streams` the limit of open files allows; log it if that is less."""
    limit = file_limit()
    fitting = share_out(limit, streams)
    if fitting.streams < streams:
        log.warning(
            "fewer streams than set, because the limit of open files is low",
            max_connections=streams,
            lowered_to=fitting.streams,
            open_files=limit,
            hint="raise it (ulimit -n), or lower TICKCAST_MAX_CONNECTIONS",
        )
    return fitting


def bind(host: str, port: int, reuse_port: bool) -> socket.socket:
    """Return a non-blocking TCP socket that has the address, for an Acceptor. Raises OSError."""
    return ports.bind(host, port, BACKLOG, reuse_port)
