"""One question to one Redis, from code that has no event loop."""

from pathlib import Path
from typing import Any

from redis import Connection, ConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.retry import Retry

from tickcast.runtime.redis.address import AddressError, parse_redis_address
from tickcast.runtime.redis.login import Login
from tickcast.runtime.redis.recognition import FAILURES, link_error
from tickcast.runtime.redis.security import PLAIN, LinkSecurity

TIMEOUT = 3.0
"""Seconds for connecting, and for the answer."""


def ask(url: str, *command: str, password_file: Path | None = None, security: LinkSecurity = PLAIN) -> Any:
    """Return the answer to a command over a connection of its own. Raises AddressError, LinkError."""
    address = parse_redis_address(url)
    if address.kind != "single":
        raise AddressError("one server is asked: redis://host:6379/0, rediss://… or unix:///path")
    options: dict[str, Any] = {
        "db": address.db,
        "credential_provider": Login(address, password_file),
        "socket_connect_timeout": TIMEOUT,
        "socket_timeout": TIMEOUT,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }
    kind: type[Any]
    if address.socket:
        kind, options["path"] = UnixDomainSocketConnection, address.socket
    else:
        options |= {"host": address.hosts[0].name, "port": address.hosts[0].port}
        kind = Connection
        if address.tls is not None:
            kind = SSLConnection
            options |= {
                "ssl_ca_certs": security.ca_file,
                "ssl_certfile": security.cert_file,
                "ssl_keyfile": security.key_file,
                **dict(address.tls),
            }
    pool = ConnectionPool(kind, **options)
    try:
        return Redis(connection_pool=pool).execute_command(*command)  # type: ignore[no-untyped-call]
    except FAILURES as error:
        raise link_error(command[0], error) from None
    finally:
        pool.disconnect()
