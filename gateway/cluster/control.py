"""Changes of streams: made here, or sent over Redis to the gateway that has the stream."""

import asyncio
import re
import secrets
from collections import Counter
from collections.abc import Callable

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
from tickcast.gateway.streams.bounds import StreamBounds
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.patch import Patch, PatchError, changed_key, parse_patch
from tickcast.gateway.streams.registry import digest_of
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.runtime.tasks import end_tasks
from tickcast.wire.symbol import Case

PATIENCE = 2.0
"""Seconds within which another gateway must reply."""

PERIOD = 2.0
"""Seconds between two pings that a gateway sends itself over its channel."""

SILENCE = 3 * PERIOD
"""Seconds without a message after which the channel is opened again: a hung connection reports no error."""

PAUSE = 0.5
"""Seconds before the channel is opened again."""

MAX_PENDING = 1000
"""Changes that wait for the replies of other gateways, at most."""

RESULTS = {
    200: "done", 400: "refused", 404: "unknown", 429: "limited", 503: "unreachable", 504: "timeout",
}  # fmt: skip
"""The outcome of a change, as the metrics call it, by the status of its reply."""

_STREAM = re.compile(rf"({GATEWAY})\.([A-Za-z0-9_-]{{1,64}})")

log = structlog.get_logger()


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


class Control:
    """Changes streams of this gateway for any gateway that asks, and asks others to change theirs."""

    def __init__(
        self,
        client: FeedClient,
        membership: Membership,
        lifecycle: Lifecycle,
        bounds: StreamBounds,
        gateway_id: str,
        max_symbols: int,
        case: Callable[[], Case] = lambda: "upper",
    ) -> None:
        """`case` returns what the feed does with lower-case letters in symbols."""
        self.results = Counter(dict.fromkeys(RESULTS.values(), 0))
        """Changes that clients asked this gateway for, by outcome."""
        self._client = client
        self._names = client.names
        self._membership = membership
        self._lifecycle = lifecycle
        self._bounds = bounds
        self._id = gateway_id
        self._max_symbols = max_symbols
        self._case = case
        self._pending: dict[bytes, PendingPatch] = {}
        self._listening = False
        self._last_heard = 0.0
        self._rejects = Rejects()

    @property
    def poisoned(self) -> int:
        """Messages of other gateways that could not be read."""
        return self._rejects.count

    async def change(self, stream: str, body: bytes) -> list[str]:
        """Change a stream on whichever gateway has it; return its whole list of symbols. Raises Problem."""
        try:
            entries = await self._change(stream, body)
        except Problem as problem:
            self.results[RESULTS[problem.status]] += 1
            raise
        self.results["done"] += 1
        return entries

    async def _change(self, stream: str, body: bytes) -> list[str]:
        try:
            self._parse(body)
        except PatchError as error:
            raise Problem(400, str(error)) from None
        named = _STREAM.fullmatch(stream)
        if named is None:
            raise _unknown()
        holder, digest = named[1], digest_of(named[2])
        if holder == self._id and self._lifecycle.registry.find(digest) is not None:
            reply = self._change_own(digest, body)
        else:
            # Even if the stream names this gateway: another one may have the same id.
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
            wanted = subscriber.wanted or subscriber.asked
            key = changed_key(wanted, self._parse(body), self._max_symbols)
            self._bounds.check(subscriber.account, key)
        except PatchError as error:
            return PatchReply(number, 400, [], str(error))
        except Problem as problem:
            return PatchReply(number, problem.status, [], problem.detail)
        self._lifecycle.change_key(subscriber, key)
        return PatchReply(number, 200, key.selection.entries, "")

    def _parse(self, body: bytes) -> Patch:
        return parse_patch(body, self._max_symbols, self._case())

    # To and from other gateways

    async def _forward(self, holder: str, digest: bytes, body: bytes) -> PatchReply:
        if not self._listening or len(self._pending) >= MAX_PENDING:
            raise _unreachable()
        number = secrets.token_hex(8).encode("ascii")
        pending = self._pending[number] = PendingPatch(asyncio.get_running_loop().create_future())
        request = PatchRequest(number, self._id, digest, body)
        try:
            async with asyncio.timeout(PATIENCE):
                receivers = await self._client.publish(self._names.gateway(holder), encode_request(request))
                # No receiver: the gateway and its streams are gone, or it is opening its channel again.
                if not receivers and await self._membership.is_alive(holder):
                    raise _unreachable()
                pending.got(receivers)
                return await pending.replied
        except TimeoutError:
            if pending.strangers:
                raise _unknown() from None
            raise Problem(504, f"the stream's gateway did not answer within {PATIENCE:g} s") from None
        except LinkError as error:
            log.debug("change not forwarded", error=str(error))
            raise _unreachable() from None
        finally:
            del self._pending[number]

    async def run(self) -> None:
        """Listen to other gateways until cancelled; reconnect after every break."""
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
        async with self._client.subscribed({self._names.gateway(self._id): None}) as messages:
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
            await self._client.publish(self._names.gateway(gateway), message)
        except LinkError as error:
            # The gateway that waits for it gives up after PATIENCE.
            log.debug("message to a gateway lost", error=str(error))

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
