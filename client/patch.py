"""Changes of a running stream (PATCH): what the next one says, and how it is sent."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from tickcast.client.connection import BROKEN, Connection
from tickcast.client.errors import StreamRefusedError
from tickcast.client.reconnect import back_off, detail_of, may_change, retry_after
from tickcast.client.server import Server
from tickcast.client.tokens import bearer

_TIMEOUT = 10.0
"""Seconds that an answer may take."""

_ATTEMPTS = 3
"""How often a change is sent while it fails for a reason that may pass: twice does the same as once."""

_FIRST_WAIT = 500
"""ms of the first wait between them."""

_MAX_ENTRIES = 1000
_MAX_BYTES = 60_000
"""Entries of one change, and bytes of its lists: gateways read 64 KiB."""

_FINAL = (400, 401, 403, 413, 422, 429)
"""Answers of a gateway that another stream would get too: the running one goes on without the change."""


class Reply(NamedTuple):
    """The answer to a change."""

    status: int
    """0: none came."""
    body: bytes = b""
    is_problem: bool = False
    """It is a problem document, so a gateway has said so, and not something on the way to it."""

    @property
    def is_refused(self) -> bool:
        """A gateway refuses the change."""
        return self.is_problem and self.status in _FINAL

    def error(self) -> StreamRefusedError:
        """Return the error that says why it is refused."""
        return StreamRefusedError(f"HTTP {self.status}: {detail_of(self.body)}", self.status)


def changes(add: Iterable[str], drop: Iterable[str]) -> list[dict[str, list[str]]]:
    """Return the changes that add and drop entries, each within the bounds of one."""
    found: list[dict[str, list[str]]] = []
    entries, length = _MAX_ENTRIES, 0
    for name, listed in (("drop", drop), ("add", add)):
        for entry in listed:
            entries, length = entries + 1, length + len(entry) + 3
            if entries > _MAX_ENTRIES or length > _MAX_BYTES:
                found.append({"add": [], "drop": []})
                entries, length = 1, len(entry) + 3
            found[-1][name].append(entry)
    return found


async def send(server: Server, stream: str, change: Mapping[str, Any], token: str) -> Reply:
    """Send a change of a stream, and again while that may help; return the last answer."""
    headers = {"Content-Type": "application/json", "Connection": "close", **bearer(token)}
    path = f"/v1/streams/{quote(stream, safe='')}"
    request = server.request("PATCH", path, "", headers, orjson.dumps(change))
    for attempt in range(_ATTEMPTS):
        reply, least = await _ask(server, request)
        if (reply.status and not may_change(reply.status)) or attempt == _ATTEMPTS - 1:
            break
        await asyncio.sleep(back_off(attempt, random.random(), _FIRST_WAIT, min(least, _TIMEOUT)))
    return reply


async def _ask(server: Server, request: bytes) -> tuple[Reply, float]:
    connection = Connection(request, silence=_TIMEOUT)
    try:
        await server.connect(connection)
        await connection.closed
    except (OSError, TimeoutError, *BROKEN):
        return Reply(0), 0.0
    finally:
        connection.abort()
    kind = connection.headers.get("content-type", "")
    least = retry_after(connection.headers.get("retry-after", ""), time.time())
    return Reply(connection.status, connection.body, kind.startswith("application/problem+json")), least
