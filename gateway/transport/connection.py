"""A connection: a stream on a socket that was taken over from the HTTP server. No task, queue or timer."""

import asyncio
from collections.abc import Callable

from tickcast.gateway.protocol.sse import LAST_CHUNK, unchunk
from tickcast.gateway.streams.subscriber import Subscriber
from tickcast.gateway.transport.untying import untie

MAX_BEHIND = 4 * 1024
"""Bytes that a client may send behind the request of its stream, where nothing is read any more."""

_UNWANTED = bytearray(1024)
"""What was read behind the request of any stream: reading is how the end of a connection is noticed."""


class Connection(Subscriber, asyncio.BufferedProtocol):
    """The asyncio protocol of a transport that carries one stream, from the response head to its end."""

    __slots__ = ("behind", "transport", "write")

    transport: asyncio.Transport
    behind: int  # bytes that came behind the request
    write: Callable[[bytes], None]  # the transport's own method, which saves a call for each frame

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Send the response head; from now on the transport calls this protocol."""
        self.transport = transport
        self.write = transport.write
        self.behind = 0
        # An earlier response may still be in the buffer. The transport has paused the protocol before this
        # one, and does not do so twice; and until `Lifecycle.enter` this stream has no owner to call.
        self.full = True
        # Any byte that the kernel does not take at once means that the client is slow.
        transport.set_write_buffer_limits(high=0)
        transport.write(head)
        self.full = self.waiting() > 0

    def waiting(self) -> int:
        """Return the number of bytes that the kernel has not taken."""
        return self.transport.get_write_buffer_size()

    def finish(self, frame: bytes) -> None:
        """Send a last chunk and the end of the response; the socket closes once the kernel has both."""
        self.transport.write(frame + LAST_CHUNK)
        self.transport.close()

    def abort(self) -> None:
        """Close the socket at once."""
        self.transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the next bytes are read to."""
        return _UNWANTED

    def buffer_updated(self, nbytes: int) -> None:
        """Discard what the client sends behind its request, and cut one that goes on."""
        self.behind += nbytes
        if self.behind > MAX_BEHIND:
            self.abort()

    def eof_received(self) -> None:
        """Handle a client that ends its side: the stream ends, and what waits for the client is dropped.

        Otherwise asyncio would close once all is sent, and until then the stream would be written to.
        """
        if self.waiting():
            self.abort()

    def pause_writing(self) -> None:
        """Handle the transport's signal that its buffer is no longer empty."""
        self.paused()

    def resume_writing(self) -> None:
        """Handle the transport's signal that its buffer is empty again.

        Nothing is written within this call: if that failed, asyncio would end the connection twice, with a
        traceback in the log.
        """
        asyncio.get_running_loop().call_soon(self._resume)

    def _resume(self) -> None:
        if not self.waiting():
            self.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        """Handle the transport's signal that it is closed."""
        self.lost()
        untie(self.transport)


class UnchunkedConnection(Connection):
    """A stream for HTTP/1.0, which knows no chunks: the end of the connection ends the response.

    Frames are shared with streams of HTTP/1.1, so each is one chunk, and only its body is sent.
    """

    __slots__ = ()

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Send the response head; from now on the transport calls this protocol."""
        super().begin(transport, head)
        self.write = self._write_body

    def finish(self, frame: bytes) -> None:
        """Send the body of a last chunk; the socket closes once the kernel has it."""
        self._write_body(frame)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Handle the transport's signal that it is closed."""
        super().connection_lost(exc)
        # Or it would refer to itself.
        self.write = self.transport.write

    def _write_body(self, frame: bytes) -> None:
        self.transport.write(unchunk(frame))
