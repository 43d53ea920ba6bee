"""One question to one Redis, from code that has no event loop."""

from typing import Any

from redis import Redis

from tickcast.runtime.redis.address import AddressError
from tickcast.runtime.redis.errors import FAILURES, link_error

TIMEOUT = 3.0
"""Seconds for connecting, and for the answer."""


def ask(url: str, *command: str) -> Any:
    """Return the answer to a command over a connection of its own. Raises AddressError, LinkError."""
    try:
        client = Redis.from_url(url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, retry=None)
    except ValueError as error:
        raise AddressError(str(error)) from None
    with client:
        try:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]
        except FAILURES as error:
            raise link_error(command[0], error) from None
