"""Which requests may see metrics and the operator's page: those that came to the private port."""

from typing import Any, NamedTuple

from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.hosts import is_loopback
from tickcast.runtime.problem import Problem

PATHS = ("/metrics", "/debug", "/v1/debug")
"""Beginnings of the paths that only the private port serves."""


class PrivatePort(NamedTuple):
    """The private port of a gateway, if it has one."""

    port: int | None
    is_local: bool
    """It listens on a loopback address."""
    public_is_local: bool
    """So does the public port."""

    @classmethod
    def of(cls, settings: GatewaySettings) -> "PrivatePort":
        """Return that of a gateway with these settings."""
        return cls(settings.private_port, is_loopback(settings.private_host), is_loopback(settings.host))

    def took(self, scope: Any) -> bool:
        """Tell whether a request came to it."""
        server = scope.get("server") or ("", None)
        return self.port is not None and server[1] == self.port

    def hides(self, scope: Any) -> bool:
        """Tell whether a request came to a port that does not serve what is private."""
        return not self.took(scope) and (self.port is not None or not self.public_is_local)

    def check(self, scope: Any) -> None:
        """Raise Problem (404) for what only the private port serves, if the request came elsewhere.

        Without a private port a public one on loopback serves it: nobody else reaches that.
        """
        if scope["path"].startswith(PATHS) and self.hides(scope):
            raise Problem(404, "only the private port serves this (TICKCAST_PRIVATE_PORT)")
