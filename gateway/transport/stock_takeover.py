"""Takes a connection over from uvicorn's own protocols: where an app runs uvicorn, and not this gateway.

Nothing is offered there (`takeover.py`), but what uvicorn calls an application with are methods of its cycle
of request and response, which has the connection.
"""

import sys
from typing import Any

from uvicorn.protocols.http.h11_impl import RequestResponseCycle as H11Cycle
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle as HttpToolsCycle

from tickcast.gateway.transport.connection import Connection
from tickcast.gateway.transport.socket_options import tune


class StockTakeover:
    """The connection of one request whose response has been started by the application."""

    def __init__(self, cycle: Any) -> None:
        self._cycle = cycle
        self._protocol = cycle.on_response.__self__
        self._has_no_length = False

    @property
    def is_chunked(self) -> bool:
        """Whether the response, once started, is sent in chunks."""
        if isinstance(self._cycle, H11Cycle):
            return bool(self._cycle.scope["http_version"] != "1.0")
        return bool(self._cycle.chunked_encoding)

    def unchunk(self, message: Any) -> None:
        """Let a message of an answer to HTTP/1.0 be sent without chunks; call it before each.

        The httptools protocol of uvicorn sends chunks to HTTP/1.0 as well, unless it knows a length.
        """
        cycle = self._cycle
        if isinstance(cycle, H11Cycle) or cycle.scope["http_version"] != "1.0":
            return
        if message["type"] == "http.response.start":
            fields = {name.lower() for name, _ in message.get("headers", ())}
            self._has_no_length = b"content-length" not in fields
            if self._has_no_length:
                cycle.chunked_encoding, cycle.expected_content_length = False, sys.maxsize
        elif self._has_no_length and not message.get("more_body", False):
            # What comes last makes the length, which uvicorn compares, the right one.
            cycle.expected_content_length = len(message.get("body", b""))

    def is_possible(self) -> bool:
        """Tell whether the connection can be taken now.

        Not before the head of the response is sent, after the client has sent another request, or once it has
        gone.
        """
        cycle, protocol = self._cycle, self._protocol
        is_alone = protocol.cycle is cycle and not getattr(protocol, "pipeline", ())
        started = cycle.response_started and not cycle.response_complete
        return started and is_alone and not cycle.disconnected and not protocol.transport.is_closing()

    def take(self, connection: Connection) -> None:
        """Hand the transport to `connection`; uvicorn forgets both."""
        cycle, protocol = self._cycle, self._protocol
        transport = protocol.transport
        # uvicorn's task ends silently when its application returns, and nothing waits for this connection.
        cycle.response_complete = True
        protocol._unset_keepalive_if_required()
        protocol.connections.discard(protocol)
        protocol.server_state.total_requests += 1
        protocol.flow.resume_reading()
        if (sock := transport.get_extra_info("socket")) is not None:
            tune(sock)
        # A loop may choose how it reads only when it begins to.
        transport.pause_reading()
        transport.set_protocol(connection)
        connection.begin(transport, b"")
        transport.resume_reading()


def stock_takeover_of(receive: Any) -> StockTakeover | None:
    """Return the connection behind what a server has called an application with, if it is uvicorn's."""
    cycle = getattr(receive, "__self__", None)
    return StockTakeover(cycle) if isinstance(cycle, H11Cycle | HttpToolsCycle) else None
