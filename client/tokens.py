"""The token that a stream is opened with: given as text, or made each time by a function of the program."""

import asyncio
import base64
import binascii
import inspect
import re
from collections.abc import Awaitable, Callable

import orjson

from tickcast.wire.fields import FieldError

TokenSource = str | Callable[[], str | Awaitable[str]] | None
"""A token, or what returns one that is good for some time, or None."""

_TIMEOUT = 10.0
"""Seconds that a function may take for a token."""

_TOKEN = re.compile(r"[!-~]{1,8192}")


class TokenError(Exception):
    """There is no token; the message says why."""


class Tokens:
    """Tokens of one stream."""

    def __init__(self, source: TokenSource) -> None:
        """Raises FieldError for a text that is no token."""
        if isinstance(source, str) and not _TOKEN.fullmatch(source):
            raise FieldError("token: it is not 1 to 8192 printable ASCII characters without a space")
        if not (source is None or isinstance(source, str) or callable(source)):
            raise FieldError("token: it is a str, or a function that returns one, or None")
        self._source = source
        self.current = ""
        """What the running stream goes by; empty: nothing."""

    @property
    def is_renewable(self) -> bool:
        """A function makes new ones."""
        return callable(self._source)

    @property
    def expires(self) -> float:
        """When the token of the running stream expires, in seconds since 1970; 0 if it does not say."""
        return expiry_of(self.current)

    async def new(self) -> str:
        """Return a token, empty where none is shown. Raises TokenError, and what the function raises."""
        source = self._source
        if source is None or isinstance(source, str):
            return source or ""
        try:
            async with asyncio.timeout(_TIMEOUT):
                # In a thread, because it may ask a server for it, and everything here waits meanwhile.
                is_async = inspect.iscoroutinefunction(source)
                found = source() if is_async else await asyncio.to_thread(source)
                token = await found if inspect.isawaitable(found) else found
        except TimeoutError:
            raise TokenError(f"no token came within {_TIMEOUT:.0f} s") from None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise TokenError("the function for the token has returned none")
        return token


def bearer(token: str) -> dict[str, str]:
    """Return the header fields that show a token; none for an empty one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def expiry_of(token: str) -> float:
    """Return when a JWT expires, in seconds since 1970; 0 if it does not say, or is none. Proves nothing."""
    try:
        claims = token.split(".")[1]
        expires = orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return float(expires) if isinstance(expires, int | float) else 0.0
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return 0.0
