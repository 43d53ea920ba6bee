"""Admission: which new streams this gateway accepts, and the answer to the others.

The limit of streams is enforced here.
"""

import random

from tickcast.gateway.gateway import Gateway
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import GroupKey
from tickcast.runtime.problem import Problem


class Admission:
    """Refuses streams with 503, so that a balancer tries the next gateway; puts other clients off.

    A browser's EventSource gives up for good after any answer but 200. So who comes without a balancer
    gets an event stream that says when to try again, and ends.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.refused = 0
        """Requests for a stream answered with 503."""
        self.put_off = 0
        """Requests for a stream answered with `retry:` and the end."""
        self._gateway = gateway

    def check(self, key: GroupKey, address: str, balanced: bool, reads: bool) -> bytes | None:
        """Return None if this gateway can serve a new stream, else the event stream that puts the client off.

        Raises Problem (503) instead if the client came through a balancer that asks another gateway
        (`balanced`), or does not read the body (`reads`); and for what no stream of this `address` may ask
        (400, 429).
        """
        why = self._why_not(balanced)
        if not why:
            bounds = self._gateway.bounds
            try:
                bounds.check(bounds.account(address), key)
            except Problem as problem:
                if problem.status != 503:
                    raise
                why = "short of memory"
            else:
                return None
        if balanced or not reads:
            self.refused += 1
            # A connection kept open for a next request would take the place of a stream.
            headers = {"retry-after": "2", "connection": "close"}
            raise Problem(503, f"this gateway is {why}; try another one, or again soon", headers)
        self.put_off += 1
        return events.put_off(f"this gateway is {why}", random.randint(*events.RETRY))

    def _why_not(self, balanced: bool) -> str:
        """Return why this gateway cannot serve a new stream: draining, full or not ready; empty: it can.

        A client that came through a balancer needs a ready gateway. A client without one is served as soon
        as prices are loaded, even when they are stale, and `status` says so.
        """
        gateway = self._gateway
        if gateway.closing.draining:
            return "draining"
        if not (gateway.is_ready or (gateway.state.is_loaded and not balanced)):
            return "not ready"
        return "full" if len(gateway.lifecycle.registry) >= gateway.settings.max_connections else ""
