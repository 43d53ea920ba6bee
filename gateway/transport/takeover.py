"""Takes a connection over from uvicorn after the request has been routed and checked.

Go calls this http.Hijacker: the protocol offers a takeover as an ASGI extension; the response that
accepts it gets the transport. uvicorn then forgets the connection, and its task ends. Measured: a stream
costs 1.6 KiB, and 12 µs for each delivery, instead of 27 KiB and 32 µs.
"""

import asyncio
from functools import partial
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tickcast.gateway.protocol.stream_body import MAX_BODY
from tickcast.gateway.transport.connection import Connection
from tickcast.gateway.transport.connections import Connections
from tickcast.gateway.transport.held_flow import HeldFlow
from tickcast.gateway.transport.pieces import READ, end_of_piece
from tickcast.gateway.transport.request_turns import RequestTurns
from tickcast.gateway.transport.untying import untie
from tickcast.runtime.problem import Problem

EXTENSION = "tickcast.takeover"
"""The key in the ASGI scope's `extensions`; its value holds a Takeover under `takeover`."""

MAX_HEAD = 64 * 1024
"""Bytes of a request without its body: head, chunk sizes, trailers. uvicorn itself sets no bound."""

HEAD_SECONDS = 10.0
"""Seconds within which a request's head must arrive; they run between two requests as well."""

MAX_TARGET = 0xFFFF
"""Bytes of a request target that httptools can parse, at most."""

VERSIONS = ("1.1", "1.0")
"""Versions of HTTP that a request line may name. HTTP/2 has none: it begins otherwise."""

MAX_QUEUED = 4
"""Requests that wait on a connection for the response before theirs, at most; more wait as bytes.

A client that sends all its requests at once (pipelining) gets one response in each turn of the loop.
"""

MAX_UNREAD = MAX_BODY
"""Bytes of a request's body that come after its response, at most: nobody reads them.

A whole list is no more: a reset while it comes can destroy the response, and a proxy makes a 502 of it.
"""

_BUFFER = memoryview(bytearray(READ))
"""What the newest read of any connection has brought; it is parsed before the next read."""


class TakeoverProtocol(HttpToolsProtocol, asyncio.BufferedProtocol):
    """uvicorn's HTTP protocol, which can also hand over its transport."""

    flow: HeldFlow
    _beside_body = 0
    """Bytes of the current request without its body, and of what came since the request before."""
    _in_body = False
    """Whether the head of the current request has come, and its body not yet."""
    _unread = 0
    """Bytes of the current request's body that came after its response."""
    _rest = b""
    """What was read and is not parsed yet, because enough requests are queued."""
    _head_timer: asyncio.TimerHandle | None = None
    """Runs while a request's head is awaited."""
    _refusal: Problem | None = None
    """Why the request that is being parsed is refused, if the parser itself would take it."""
    _is_last = False
    """Whether the newest request is the last one of the connection, and nothing behind it is parsed."""
    _serving: RequestResponseCycle | None = None
    """The request that is answered, while others may be queued."""

    def __init__(self, *of_uvicorn: Any, connections: Connections, turns: RequestTurns) -> None:
        """Serve one connection of uvicorn's server, which is counted; its requests have turns."""
        super().__init__(*of_uvicorn)
        self._counted = connections
        self._turns = turns

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes are read to."""
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """Take the bytes that were read."""
        self.data_received(bytes(_BUFFER[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, up to MAX_QUEUED requests that wait."""
        self._rest += data
        self._parse_rest()

    def on_response_complete(self) -> None:
        """Handle the end of a response: the next request has its turn, and another one can be queued."""
        if self._serving is not None:
            _free(self._serving)
        super().on_response_complete()
        if self._rest:
            self._parse_rest()

    def _parse_rest(self) -> None:
        data, start = self._rest, 0
        while start < len(data) and self._may_parse():
            end = end_of_piece(data, start, self._in_body)
            self._parse(data[start:end])
            start = end
        self._rest = b"" if self.transport.is_closing() else data[start:]
        self.flow.held = bool(self._rest)
        if self.flow.held:
            self.flow.pause_reading()

    def _may_parse(self) -> bool:
        return len(self.pipeline) < MAX_QUEUED and not self._is_last and not self.transport.is_closing()

    def _parse(self, data: bytes) -> None:
        """Parse a piece; cut the connection if the request is too large."""
        self._beside_body += len(data)
        self._unset_keepalive_if_required()
        self._feed(data)
        if self.transport.is_closing():
            return
        if self._beside_body > MAX_HEAD:
            self._cut(Problem(431, f"the request goes on after {MAX_HEAD} bytes beside its body"))
            return
        # After an empty line, or the body of a request that already has its response, uvicorn sets no timer.
        idle = self.cycle is not None and self.cycle.response_complete
        if idle and self.timeout_keep_alive_task is None and self._head_timer is None:
            self._expect_head()

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No upgrade is offered. The parser takes the body of such a request for another protocol, and
            # would find the next request in it: so this one is the last, and no byte behind it is parsed.
            self._is_last = True
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def on_body(self, body: bytes) -> None:
        """Handle a part of a body, which has its own bound (`http/requests.py`)."""
        self._beside_body -= len(body)
        super().on_body(body)
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > MAX_UNREAD:
                self.transport.close()

    def on_message_complete(self) -> None:
        """Handle the end of a request."""
        self._beside_body = self._unread = 0
        self._in_body = False
        super().on_message_complete()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self.flow = HeldFlow(transport)
        if self._counted.add(self, self.client[0] if self.client else ""):
            self._expect_head()
        else:
            # Without an answer: for an EventSource that would be the end, and it comes back after a reset.
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer, and let uvicorn forget the connection."""
        self._forget_head()
        self._counted.discard(self)
        # uvicorn tells the newest request alone that its client has gone.
        if self._serving is not None and not self._serving.response_complete:
            self._serving.disconnected = True
            self._serving.message_event.set()
        super().connection_lost(exc)
        untie(self.transport)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._turns.ask(cycle.scope, partial(self._begin, cycle, app))

    def _begin(self, cycle: RequestResponseCycle, app: Any) -> bool:
        if self.transport.is_closing():
            return False
        self._serving = cycle
        super()._start_asgi_task(cycle, app)
        return True

    def _expect_head(self) -> None:
        self._forget_head()
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._cut_slow_head)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _cut_slow_head(self) -> None:
        self._cut(Problem(408, f"the request has not come within {HEAD_SECONDS:g} s"))

    def _cut(self, problem: Problem) -> None:
        # In the middle of a response, to this request or the one before, it would be read as a part of that.
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(problem.as_response())
        self.transport.close()

    def on_message_begin(self) -> None:
        """Handle the first byte of a request: its head must follow in time."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """Handle the end of a request's head: offer a takeover in the request's scope."""
        self._forget_head()
        if self.parser.get_http_version() not in VERSIONS:
            self._refusal = Problem(505, "this is a server of HTTP/1.1 and HTTP/1.0")
            raise ValueError  # the parser stops, and the refusal is sent
        self._in_body = True
        # uvicorn's task, which reads the scope, starts only after this callback.
        super().on_headers_complete()
        extensions: dict[str, dict[object, object]] = {EXTENSION: {"takeover": Takeover(self, self.cycle)}}
        self.scope["extensions"] = extensions
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def let_go(self, cycle: RequestResponseCycle) -> bool:
        """Make uvicorn forget this connection.

        False if the client has gone, or has sent another request after that of `cycle`.
        """
        # For uvicorn the response is complete, so its task ends silently, also if nobody is left to take it.
        cycle.response_started = cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return False
        if self.cycle is not cycle or self._head_timer is not None or self._rest:
            problem = Problem(400, "a stream never ends: send no other request behind it")
            self.transport.write(problem.as_response())
            self.transport.close()
            return False
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self._counted.discard(self)
        self._serving = None
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        _free(cycle)
        # Each refers back to this protocol.
        del self.parser, self.cycle
        return True

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP request with a problem document, like any other error."""
        if self._refusal is not None:
            problem = self._refusal
        elif len(getattr(self, "url", b"")) > MAX_TARGET:
            problem = Problem(414, f"the request line is too long; at most {MAX_TARGET} bytes are allowed")
        else:
            problem = Problem(400, f"{msg} It is written as HTTP/1.1 says, without control characters.")
        self._cut(problem)


class Takeover:
    """The offer to take over the connection of one request."""

    def __init__(self, protocol: TakeoverProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle

    def take(self, connection: Connection, head: bytes) -> bool:
        """Hand the transport to `connection`, which sends `head` first; False if that is impossible."""
        transport = self._protocol.transport
        if not self._protocol.let_go(self._cycle):
            return False
        transport.set_protocol(connection)
        connection.begin(transport, head)
        return True

    def is_closing(self) -> bool:
        """Tell whether the connection ends, or has ended: what is written to it is lost."""
        return self._protocol.transport.is_closing()


def _free(cycle: RequestResponseCycle) -> None:
    """Let all that belongs to a request be freed once it is answered: its scope refers back to it.

    Else a flood leaves 30 MiB for the garbage collector, which stops the loop for as long as it takes.
    """
    cycle.scope.pop("extensions", None)


def takeover_of(scope: Any) -> Takeover | None:
    """Return the takeover that an ASGI scope offers, if any."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    if extension is None:
        return None
    takeover = extension["takeover"]
    assert isinstance(takeover, Takeover)
    return takeover
