"""A change that waits for other gateways: which of their replies counts."""

import asyncio

from tickcast.gateway.cluster.messages import PatchReply


class PendingPatch:
    """A change that waits for the reply of another gateway."""

    def __init__(self, replied: asyncio.Future[PatchReply]) -> None:
        self.replied = replied
        self.receivers = 0
        """Gateways that got the request, once Redis has said so; more than one where two share an id."""
        self.strangers = 0
        """Gateways that replied that they have no such stream."""

    def take(self, reply: PatchReply) -> None:
        """Take a reply. "No such stream" counts only when every receiver has said it."""
        if reply.status == 404:
            self.strangers += 1
            if self.strangers != self.receivers:
                return
        if not self.replied.done():
            self.replied.set_result(reply)

    def got(self, receivers: int) -> None:
        """Take the number of gateways that got the request and will reply."""
        self.receivers = receivers
        if self.strangers >= receivers and not self.replied.done():
            self.replied.set_result(PatchReply(b"", 404, [], ""))
