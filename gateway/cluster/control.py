"""Control: changes of streams, carried by Redis to whichever gateway holds the stream, and back."""

import asyncio
import re
import secrets
from collections import Counter

import structlog

from tickcast.gateway.cluster.membership import Membership
from tickcast.gateway.cluster.messages import (
    GATEWAY,
    PING,
    MessageError,
    PatchReply,
    PatchRequest,
    decode_message,
    encode_reply,
    encode_request,
)
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.protocol.problem import Problem
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.patch import PatchError, changed_key, parse_patch
from tickcast.gateway.streams.registry import digest_of
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.runtime.tasks import end_tasks
from tickcast.wire import names

PATIENCE = 2.0
"""Seconds in which another gateway has to reply."""

PERIOD = 2.0
"""Seconds between two signs of life to itself."""

SILENCE = 3 * PERIOD
"""Seconds without one after which the channel is opened anew: a hung connection looks well."""

PAUSE = 0.5
"""Seconds before that is tried again."""

MAX_PENDING = 1000
"""Changes on their way to other gateways, at most."""

RESULTS = {200: "done", 400: "refused", 404: "unknown", 503: "unreachable", 504: "timeout"}
"""What becomes of a change, by the status of its reply."""

_STREAM = re.compile(rf"({GATEWAY})\.([A-Za-z0-9_-]{{1,64}})")

log = structlog.get_logger()


class PendingPatch:
    """A change on its way."""

    def __init__(self, replied: asyncio.Future[PatchReply]) -> None:
        self.replied = replied
        self.receivers = 0
        """Gateways that got it, once that is known: there should be one, but ids can be given twice."""
        self.strangers = 0
        """How many of them have no such stream."""

    def take(self, reply: PatchReply) -> None:
        """Take a reply; that of a stranger counts only if nobody can know better."""
        if reply.status == 404:
            self.strangers += 1
            if self.strangers != self.receivers:
                return
        if not self.replied.done():
            self.replied.set_result(reply)

    def got(self, receivers: int) -> None:
        """Learn how many will reply."""
        self.receivers = receivers
        if self.strangers >= receivers and not self.replied.done():
            self.replied.set_result(PatchReply(b"", 404, [], ""))


class Control:
    """Changes streams of this gateway, for its own clients and for those of others."""

    def __init__(
        self,
        client: FeedClient,
        membership: Membership,
        lifecycle: Lifecycle,
        gateway_id: str,
        max_symbols: int,
    ) -> None:
        self.results = Counter(dict.fromkeys(RESULTS.values(), 0))
        """Changes asked for here, by what became of them."""
        self._client = client
        self._membership = membership
        self._lifecycle = lifecycle
        self._id = gateway_id
        self._max_symbols = max_symbols
        self._pending: dict[bytes, PendingPatch] = {}
        self._listening = False
        self._last_heard = 0.0
        self._rejects = Rejects()

    @property
    def poisoned(self) -> int:
        """Messages of other gateways that could not be read."""
        return self._rejects.count

    async def change(self, stream: str, body: bytes) -> list[str]:
        """Change a stream, wherever it is; return its whole list. Raises Problem."""
        try:
            entries = await self._change(stream, body)
        except Problem as problem:
            self.results[RESULTS[problem.status]] += 1
            raise
        self.results["done"] += 1
        return entries

    async def _change(self, stream: str, body: bytes) -> list[str]:
        try:
            parse_patch(body, self._max_symbols)
        except PatchError as error:
            raise Problem(400, str(error)) from None
        named = _STREAM.fullmatch(stream)
        if named is None:
            raise _unknown()
        holder, digest = named[1], digest_of(named[2])
        if holder == self._id and self._lifecycle.registry.find(digest) is not None:
            reply = self._change_own(digest, body)
        else:
            # Also if it is named after this gateway: the same id may have been given to another one.
            reply = await self._forward(holder, digest, body)
        if reply.status == 404:
            raise _unknown()
        if reply.status != 200:
            raise Problem(reply.status, reply.detail)
        return reply.entries

    def _change_own(self, digest: bytes, body: bytes, number: bytes = b"") -> PatchReply:
        subscriber = self._lifecycle.registry.find(digest)
        if subscriber is None:
            return PatchReply(number, 404, [], "")
        try:
            wanted = subscriber.wanted or subscriber.group.key
            key = changed_key(wanted, parse_patch(body, self._max_symbols), self._max_symbols)
        except PatchError as error:
            return PatchReply(number, 400, [], str(error))
        self._lifecycle.change_key(subscriber, key)
        return PatchReply(number, 200, key.selection.entries, "")

    # To and from other gateways

    async def _forward(self, holder: str, digest: bytes, body: bytes) -> PatchReply:
        if not self._listening or len(self._pending) >= MAX_PENDING:
            raise _unreachable()
        number = secrets.token_hex(8).encode("ascii")
        pending = self._pending[number] = PendingPatch(asyncio.get_running_loop().create_future())
        request = PatchRequest(number, self._id, digest, body)
        try:
            async with asyncio.timeout(PATIENCE):
                receivers = await self._client.publish(names.gateway(holder), encode_request(request))
                # Nobody listens: that gateway is gone and its streams with it, or it opens its channel anew.
                if not receivers and await self._membership.is_alive(holder):
                    raise _unreachable()
                pending.got(receivers)
                return await pending.replied
        except TimeoutError:
            if pending.strangers:
                raise _unknown() from None
            raise Problem(504, f"the stream's gateway did not answer within {PATIENCE:g} s") from None
        except LinkError as error:
            log.debug("a change was not carried", error=str(error))
            raise _unreachable() from None
        finally:
            del self._pending[number]

    async def run(self) -> None:
        """Listen to other gateways until cancelled; come back after every break."""
        while True:
            following = asyncio.create_task(self._follow())
            try:
                await self._watch(following)
            finally:
                self._listening = False
                await end_tasks([following])
            error = None if following.cancelled() else following.exception()
            if error is not None and not isinstance(error, LinkError):
                raise error
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        async with self._client.subscribed({names.gateway(self._id): None}) as messages:
            self._listening = True
            async for _, data in messages:
                self._last_heard = asyncio.get_running_loop().time()
                await self._receive(data)

    async def _watch(self, following: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        self._last_heard = loop.time()
        while not following.done() and loop.time() - self._last_heard < SILENCE:
            await asyncio.wait([following], timeout=PERIOD)
            await self._send(self._id, PING)

    async def _send(self, gateway: str, message: bytes) -> None:
        try:
            await self._client.publish(names.gateway(gateway), message)
        except LinkError as error:
            # Who waits for it gives up by itself.
            log.debug("a message to a gateway was lost", error=str(error))

    async def _receive(self, data: bytes) -> None:
        try:
            message = decode_message(data)
        except MessageError as error:
            self._rejects.add("poisoned message skipped", error=str(error))
            return
        if isinstance(message, PatchRequest):
            reply = self._change_own(message.digest, message.body, message.number)
            await self._send(message.sender, encode_reply(reply))
        elif isinstance(message, PatchReply) and (pending := self._pending.get(message.number)):
            pending.take(message)


def _unknown() -> Problem:
    return Problem(404, "there is no such stream, or no longer: hello tells the id of each")


def _unreachable() -> Problem:
    return Problem(503, "the stream's gateway cannot be reached now; try again soon", {"retry-after": "2"})
