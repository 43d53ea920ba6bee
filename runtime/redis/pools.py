"""How connections to the servers of one address are made: their login, encryption and time limits."""

from collections.abc import Mapping
from typing import Any

from redis.asyncio import Connection, ConnectionPool, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo

from tickcast.runtime.redis.address import Host, RedisAddress
from tickcast.runtime.redis.login import Login, SentinelLogin
from tickcast.runtime.redis.security import LinkSecurity
from tickcast.runtime.redis.tls import TlsConnection, tls_of

_DRIVER = DriverInfo()
"""What Redis is told of this library. redis-py would read it from a file for each connection."""


class Pools:
    """Makes pools of connections; none is open yet."""

    def __init__(
        self,
        address: RedisAddress,
        login: Login,
        security: LinkSecurity,
        timeout: float,
        max_connections: int | None,
    ) -> None:
        """Read the files that are named. `timeout` in seconds; `max_connections` are those to one server.

        Raises ValueError, OSError or redis.exceptions.RedisError for a file that will not do.
        """
        login.get_credentials()
        self._address, self._login, self._tls = address, login, tls_of(address, security)
        self._sentinel_login = SentinelLogin(security)
        self._options: dict[str, Any] = {
            "protocol": 2,  # RESP3's push path formats every payload for a log that is off
            "socket_timeout": timeout,
            "socket_connect_timeout": timeout,
            "retry": Retry(NoBackoff(), 0),
            "driver_info": _DRIVER,
        }
        self._pooled: dict[str, Any] = {"db": address.db, "credential_provider": login}
        if max_connections is not None:
            self._pooled["max_connections"] = max_connections

    def of(self, host: Host | None) -> ConnectionPool:
        """Return a pool for the data of a server; None is the one server of the address."""
        options = {**self._options, **self._pooled}
        if self._address.socket:
            return ConnectionPool(UnixDomainSocketConnection, path=self._address.socket, **options)
        return self._at(host or self._address.hosts[0], options)

    def asking(self, host: Host) -> ConnectionPool:
        """Return a pool for questions to a Sentinel, or a node of a cluster, about where the masters are."""
        # Whoever runs a Sentinel learns what it is told: the login for Redis is the master's alone.
        login = self._login if self._address.kind == "cluster" else self._sentinel_login
        return self._at(host, {"credential_provider": login, **self._options})

    def _at(self, host: Host, options: Mapping[str, Any]) -> ConnectionPool:
        if self._tls is None:
            return ConnectionPool(Connection, host=host.name, port=host.port, **options)
        return ConnectionPool(TlsConnection, tls=self._tls, host=host.name, port=host.port, **options)
