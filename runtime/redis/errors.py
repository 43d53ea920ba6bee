"""What can go wrong between a program and Redis, in our own terms."""

from redis.exceptions import AuthenticationError, AuthorizationError, NoPermissionError, RedisError

FAILURES = (RedisError, OSError)
"""What redis-py and the sockets below it raise; asyncio's TimeoutError is an OSError."""

_REFUSALS = (AuthenticationError, AuthorizationError, NoPermissionError)


class LinkError(Exception):
    """Redis cannot be reached, does not answer or refuses; the message says which, in one line."""


class LinkDownError(LinkError):
    """Redis did not answer, or could not do it now. The command may have been carried out all the same."""


class LinkRefusedError(LinkError):
    """The address, the password or the rights are wrong: asking again will not help."""


def link_error(what: str, error: Exception) -> LinkError:
    """Return what `error`, one of FAILURES, means; `what` says what was asked."""
    if isinstance(error, _REFUSALS):
        return LinkRefusedError(f"Redis refuses access: {error}")
    return LinkDownError(f"{what}: {str(error) or type(error).__name__}")
