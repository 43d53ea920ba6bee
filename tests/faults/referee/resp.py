"""A Redis connection of the referee's own: RESP2 over one socket, every answer awaited for a bounded time."""

import asyncio
from typing import Any, Self

NAME = "referee"
"""The user and the name of these connections: faults that take rights or cut connections leave them alone."""

TIMEOUT = 2.0
"""Seconds for an answer."""


class RespError(Exception):
    """Redis answered with an error."""


FAILURES = (OSError, EOFError, TimeoutError, RespError, asyncio.IncompleteReadError, ValueError)
"""What a broken, frozen or refusing Redis raises here."""


class Resp:
    """One connection; closed by its first failure."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, port: int, timeout: float = TIMEOUT) -> Self:
        """Connect to a Redis of this machine, under the referee's name. Raises FAILURES."""
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        found = cls(reader, writer)
        try:
            await found.ask("AUTH", NAME, "", timeout=timeout)
            await found.ask("CLIENT", "SETNAME", NAME, timeout=timeout)
        except RespError:
            found.close()
            raise
        return found

    async def ask(self, *words: str | bytes | int, timeout: float = TIMEOUT) -> Any:
        """Return the answer to a command. Raises FAILURES."""
        encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        lines = [b"*%d\r\n" % len(encoded), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)]
        self._writer.write(b"".join(lines))
        return await self.next(timeout)

    async def next(self, timeout: float = TIMEOUT) -> Any:
        """Return the next answer or message. Raises FAILURES."""
        try:
            async with asyncio.timeout(timeout):
                return await self._value()
        except RespError:
            raise
        except BaseException:
            self.close()
            raise

    async def _value(self) -> Any:
        line = await self._reader.readline()
        if not line.endswith(b"\r\n"):
            raise EOFError("Redis has closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            raise RespError(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            if rest == b"-1":
                return None
            return (await self._reader.readexactly(int(rest) + 2))[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [await self._value() for _ in range(int(rest))]
        raise ValueError(f"no answer of Redis: {line[:40]!r}")

    def close(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()


async def ask(port: int, *words: str | bytes | int, timeout: float = TIMEOUT) -> Any:
    """Return the answer to one command over a connection of its own. Raises FAILURES."""
    connection = await Resp.connect(port, timeout)
    try:
        return await connection.ask(*words, timeout=timeout)
    finally:
        connection.close()
