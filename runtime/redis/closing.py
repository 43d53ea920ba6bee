"""A connection that this program closes while a command is on its way."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import ConnectionError as RedisConnectionError


@contextmanager
def closing_is_a_break() -> Iterator[None]:
    """Raise redis-py's ConnectionError where a connection was closed while a command was on its way.

    redis-py then writes to a stream that is None, and the AttributeError of that would end the program.
    """
    try:
        yield
    except AttributeError as error:
        if "'NoneType' object has no attribute" not in str(error):
            raise
        raise RedisConnectionError("Connection closed by this program") from error
