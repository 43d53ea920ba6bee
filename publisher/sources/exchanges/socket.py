"""A websocket to an exchange, bounded in time and size; the only file that knows the library."""

import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

MAX_FRAME = 4 * 1024 * 1024
"""Bytes of a message, at most; a connection that sends more is closed and opened again."""
MAX_QUEUE = 64
"""Messages that wait to be read, at most; then the exchange is held back."""
CLOSING = 1.0
"""Seconds for a closing handshake."""


class SocketError(Exception):
    """The connection cannot be opened, or has ended. The message says why."""


class RefusalError(SocketError):
    """The exchange answers with another status than 101."""

    def __init__(self, status: int, retry_after: str | None) -> None:
        super().__init__(f"it answers {status}")
        self.status = status
        self.retry_after = retry_after


class Socket:
    """An open connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def receive(self) -> bytes:
        """Return the next message. Raises SocketError at the end."""
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as error:
            raise SocketError(f"the connection is closed: {error}"[:200]) from None

    async def send(self, message: str) -> bool:
        """Send a message; return False if the connection has ended."""
        try:
            await self._connection.send(message)
        except ConnectionClosed:
            return False
        return True

    def abort(self) -> None:
        """End the connection without waiting for the other side."""
        self._connection.transport.abort()

    async def close(self) -> None:
        """Close the connection, and end it even if that is cancelled."""
        try:
            await self._connection.close()
        finally:
            self.abort()


async def open_socket(url: str, timeout: float) -> Socket:
    """Open a connection within `timeout` seconds. Raises SocketError, RefusalError."""
    try:
        async with asyncio.timeout(timeout):
            return Socket(
                await connect(
                    url,
                    max_size=MAX_FRAME,
                    max_queue=MAX_QUEUE,
                    open_timeout=None,
                    close_timeout=CLOSING,
                    user_agent_header="tickcast",
                )
            )
    except InvalidStatus as error:
        raise RefusalError(error.response.status_code, error.response.headers.get("Retry-After")) from None
    except TimeoutError:
        raise SocketError(f"it cannot be reached within {timeout:g} s") from None
    except (OSError, WebSocketException) as error:
        raise SocketError(f"it cannot be reached: {str(error)[:200] or type(error).__name__}") from None
