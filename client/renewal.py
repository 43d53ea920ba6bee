"""When the token of a running stream is renewed; if it cannot be, the stream itself goes on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from tickcast.client.tokens import Tokens, expiry_of

_AHEAD = 60.0
"""Seconds before a token expires when it is renewed; one that lives shortly after half of its time."""

_PAUSE = 1.0
"""Seconds between two attempts, and until a token is renewed, at least."""

_RARELY = 30.0
"""Seconds between two renewals by a clock that is wrong: by one that is ahead, every token has expired."""

_log = logging.getLogger("tickcast")


async def renew(tokens: Tokens, send: Callable[[str], Awaitable[int]], reopen: Callable[[], None]) -> None:
    """Renew the token of a stream that is open, until that is cancelled, or the token does not expire.

    `send` shows a new token to a gateway and returns the status of the answer; `reopen` opens another stream.
    """
    pause = _PAUSE
    while tokens.is_renewable and tokens.expires:
        left = tokens.expires - time.time()
        await asyncio.sleep(max(pause, left - min(_AHEAD, left / 2)))
        try:
            token = await tokens.new()
        except Exception as error:
            # It is the program's own function: the stream goes on until the token before expires.
            _log.warning("no new token: %s", error)
            continue
        status = 200 if token == tokens.current else await send(token)
        if status == 200:
            tokens.current = token
        elif status in (403, 404):
            # The gateway takes the new token for no such stream: it may mean other rights.
            reopen()
            return
        pause = _RARELY if status == 200 and expiry_of(token) <= time.time() else _PAUSE
