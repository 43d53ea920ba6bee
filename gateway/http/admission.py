"""Admission: which new streams this gateway accepts, and the answer to the others.

The limit of streams is enforced here.
"""

import random
from collections.abc import Callable
from typing import NamedTuple

from tickcast.access.grant import Grant
from tickcast.gateway.gateway import Gateway
from tickcast.gateway.limits.payers import Payers
from tickcast.gateway.protocol import events
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.view import View
from tickcast.runtime.problem import Problem


class Client(NamedTuple):
    """Who asks for a stream."""

    address: str
    balanced: bool
    """Whether it came through a balancer that asks another gateway after a 503."""
    reads: bool
    """Whether it reads the body of the answer: not after HEAD."""

    @property
    def comes_back(self) -> bool:
        """Whether it takes an event stream for an answer that says when to come back."""
        return self.reads and not self.balanced


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

    def check_work(self, payers: Payers, client: Client) -> bytes | None:
        """Return None if there is time for a request of this client, else the event stream that puts it off.

        Raises Problem (429, 503) instead if the client came through a balancer, or does not read the body.
        """
        return self._if_time(payers.check, client, "address")

    def put_off_undecided(self, problem: Problem, client: Client) -> bytes:
        """Return the event stream that puts a client off about whom cannot be decided now (503).

        Raises the problem instead if it is another one, or the client does not come back by such a stream.
        """
        if problem.status != 503 or not client.comes_back:
            raise problem
        return self._put_off(f"busy: {problem.detail}")

    def join(self, grant: Grant, payers: Payers, client: Client) -> bytes | None:
        """Let the subject of a grant pay too. Returns, and raises, what `check_work` does, by its share."""
        return self._if_time(lambda: payers.join(grant.subject), client, "subject")

    def _if_time(self, check: Callable[[], None], client: Client, whose: str) -> bytes | None:
        try:
            check()
        except Problem as problem:
            if not client.comes_back:
                if problem.status == 503:
                    self.refused += 1
                raise
            # More may come at once from behind its address than there is time for. All of them come back.
            of_yours = f" of your {whose}" if problem.status == 429 else ""
            wait = 1000 * int(problem.headers["retry-after"])
            return self._put_off(f"busy with other requests{of_yours}", wait)
        return None

    def check(
        self,
        view: View,
        key: GroupKey,
        client: Client,
        grant: Grant | None = None,
        most: int | None = None,
    ) -> bytes | None:
        """Return None if a view can serve a new stream, else the event stream that puts the client off.

        Raises Problem (503) instead if the client came through a balancer that asks another gateway, or does
        not read the body; and for what no stream of its address may ask (400, 429), or of its `grant` (429).
        `most` is how many streams its subject may have at this gateway, by those it has at others; None:
        nobody has asked them.
        """
        bounds = view.bounds
        bounds.check_streams(grant, self._gateway.registry.by_subject, most)
        why = self._why_not(view, client.balanced)
        if not why:
            try:
                bounds.check(bounds.account(client.address), key)
            except Problem as problem:
                if problem.status != 503:
                    raise
                why = "short of memory"
            else:
                return None
        if not client.comes_back:
            self.refused += 1
            # A connection kept open for a next request would take the place of a stream.
            headers = {"retry-after": "2", "connection": "close"}
            raise Problem(503, f"this gateway is {why}; try another one, or again soon", headers)
        return self._put_off(why)

    def after_start(self, check: Callable[[], bytes | None]) -> bytes | None:
        """Return what `check` does, and a stream for a Problem too: the head of the answer is sent."""
        try:
            return check()
        except Problem as problem:
            return events.put_off(problem.detail, random.randint(*events.RETRY))

    def _put_off(self, why: str, wait: int = 0) -> bytes:
        self.put_off += 1
        return events.put_off(f"this gateway is {why}", wait + random.randint(*events.RETRY))

    def _why_not(self, view: View, balanced: bool) -> str:
        """Return why this gateway cannot serve a new stream: draining, full or not ready; empty: it can.

        A client that came through a balancer needs a ready gateway. A client without one is served as soon
        as prices are loaded, even when they are stale, and `status` says so.
        """
        gateway = self._gateway
        if gateway.closing.draining:
            return "draining"
        is_ready = gateway.is_ready and view.state.is_ready
        if not (is_ready or (view.state.is_loaded and not balanced)):
            return "not ready"
        return "full" if len(gateway.registry) >= gateway.settings.max_connections else ""
