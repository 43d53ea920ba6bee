"""Admission: which new streams this gateway accepts. The limit of streams is enforced here."""

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.protocol.problem import Problem


class Admission:
    """Refuses streams with 503, so that a load balancer tries the next gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.refused = 0
        """Streams refused with 503."""
        self._gateway = gateway

    def check(self, balanced: bool) -> None:
        """Raise Problem (503) if this gateway cannot serve a new stream: draining, full or not ready.

        A client that came through a balancer (`balanced`) needs a ready gateway. A client without one is
        served as soon as prices are loaded, even when they are stale, and `status` says so: a refused
        EventSource never reconnects.
        """
        gateway = self._gateway
        serves = gateway.is_ready or (
            gateway.state.is_loaded and not gateway.closing.draining and not balanced
        )
        if serves and len(gateway.lifecycle.registry) < gateway.settings.max_connections:
            return
        self.refused += 1
        why = "draining" if gateway.closing.draining else "full" if serves else "not ready"
        raise Problem(503, f"this gateway is {why}; try another one, or again soon", {"retry-after": "2"})
