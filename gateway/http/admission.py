"""Admission: which new streams this gateway takes. The limit of streams is enforced here."""

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.protocol.problem import Problem


class Admission:
    """Refuses streams with 503, so that a balancer tries the next gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.refused = 0
        """Streams answered with 503."""
        self._gateway = gateway

    def check(self, balanced: bool) -> None:
        """Refuse a stream that another gateway serves better. Raises Problem.

        Without Redis it sends a `balanced` client to the next gateway. A client that came without a
        balancer gets the old prices and is told so, because a refused EventSource never comes back.
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
