"""Changes of streams over Redis: asks go to the gateway that has the stream, and come from the others."""

import asyncio
import secrets
import time
from collections import Counter

import structlog

from tickcast.access.grant import Grant
from tickcast.gateway.cluster.membership import Membership
from tickcast.gateway.cluster.messages import (
    PING,
    Ask,
    MessageError,
    PatchReply,
    decode_message,
    encode_ask,
    encode_reply,
)
from tickcast.gateway.cluster.own_streams import OwnStreams, unknown_stream
from tickcast.gateway.cluster.pending import PendingPatch
from tickcast.gateway.cluster.taken import TakenAsks
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.registry import digest_of
from tickcast.gateway.streams.stream_ids import StreamIds
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.runtime.tasks import end_tasks

PATIENCE = 2.0
"""Seconds within which another gateway must reply."""

PERIOD = 2.0
"""Seconds between two pings that a gateway sends itself over its channel."""

SILENCE = 3 * PERIOD
"""Seconds without a message after which the channel is opened again: a hung connection reports no error."""

PAUSE = 0.5
"""Seconds before the channel is opened again."""

MAX_PENDING = 1000
"""Changes that wait for the replies of other gateways, or for their turn to ask, at most."""

ASKS_AT_ONCE = 8
"""Asks to one gateway that wait for its replies, at most: one that hangs holds up no ask to others."""

COMMANDS_AT_ONCE = 4
"""Commands to Redis under way for this, at most: each takes a connection."""

RETRY_AFTER = "2"
"""Seconds after which a change may be sent again that the stream's gateway has no room or time for."""

RESULTS = {
    200: "done", 400: "refused", 403: "denied", 404: "unknown", 429: "limited", 503: "unreachable",
    504: "timeout",
}  # fmt: skip
"""The outcome of a change, as the metrics call it, by the status of its reply."""

log = structlog.get_logger()


class Control:
    """Has a stream changed by the gateway that holds it, this one or another."""

    def __init__(
        self,
        client: FeedClient,
        membership: Membership,
        own: OwnStreams,
        ids: StreamIds,
        key: ClusterKey,
    ) -> None:
        self.results = Counter(dict.fromkeys(RESULTS.values(), 0))
        """Changes that clients asked this gateway for, by outcome."""
        self.own = own
        self._client = client
        self._names = client.names
        self._membership = membership
        self._ids = ids
        self._key = key
        self._taken = TakenAsks()
        self._asking: dict[str, asyncio.Semaphore] = {}
        self._pending: dict[bytes, PendingPatch] = {}
        self._listening = False
        self._last_heard = 0.0
        self._rejects = Rejects()

    @property
    def poisoned(self) -> int:
        """Messages of other gateways that could not be read."""
        return self._rejects.count

    async def change(
        self, stream: str, body: bytes, grant: Grant | None = None, renews: bool = False
    ) -> list[str]:
        """Change a stream on whichever gateway has it; return its whole list of symbols. Raises Problem.

        Where there are grants, what is added has to be allowed by this one, and the stream that of its
        subject. If it `renews` the stream's grant, the stream goes on by it.
        """
        try:
            entries = await self._change(stream, body, grant, renews)
        except Problem as problem:
            self.results[RESULTS[problem.status]] += 1
            raise
        self.results["done"] += 1
        return entries

    async def _change(self, stream: str, body: bytes, grant: Grant | None, renews: bool) -> list[str]:
        named = self._ids.named_by(stream)
        if named is None:
            # No gateway has made this id, so none is asked.
            raise unknown_stream()
        digest = digest_of(named.token)
        self.own.limit(digest)
        patch = self.own.checked(body, grant)
        subject, new_grant = grant.subject if grant else "", grant if renews else None
        delay = grant.delay_ms if grant else 0
        if named.holder == self._ids.address and self.own.has(digest):
            try:
                return self.own.change(digest, patch, subject, new_grant, delay)
            except Problem as problem:
                raise Problem(problem.status, problem.detail, _again(problem.status)) from None
        # Even if the stream is that of a gateway with our id: another one may have the same.
        reply = await self._forward(named.holder, digest, body, subject, new_grant, delay)
        if reply.status == 404:
            raise unknown_stream()
        if reply.status != 200:
            raise Problem(reply.status, reply.detail, _again(reply.status))
        return reply.entries

    # To and from other gateways

    async def _forward(
        self, holder: str, digest: bytes, body: bytes, subject: str, grant: Grant | None, delay: int
    ) -> PatchReply:
        if not self._listening or len(self._pending) >= MAX_PENDING:
            raise _unreachable()
        number = secrets.token_hex(8).encode("ascii")
        pending = self._pending[number] = PendingPatch(asyncio.get_running_loop().create_future())
        turns = self._asking.setdefault(holder, asyncio.Semaphore(ASKS_AT_ONCE))
        try:
            async with asyncio.timeout(PATIENCE), turns:
                now = time.time_ns() // 1_000_000
                own = Ask(number, self._ids.address, now, digest, body, subject, grant, delay)
                message = encode_ask(own, self._key)
                receivers = await self._client.publish(self._names.gateway(holder), message)
                # No receiver: the gateway and its streams are gone, or it is opening its channel again.
                if not receivers and await self._membership.is_alive(holder):
                    raise _unreachable()
                pending.got(receivers)
                return await pending.replied
        except TimeoutError:
            if pending.strangers:
                raise unknown_stream() from None
            raise Problem(504, f"the stream's gateway did not answer within {PATIENCE:g} s") from None
        except LinkError as error:
            log.debug("change not forwarded", error=str(error))
            raise _unreachable() from None
        finally:
            del self._pending[number]
            if len(self._asking) > MAX_PENDING:
                # Addresses of gateways that are long gone. Nobody waits behind one that is free.
                self._asking = {each: turns for each, turns in self._asking.items() if turns.locked()}

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
        async with self._client.subscribed({self._names.gateway(self._ids.address): None}) as messages:
            await self._membership.settle_key()
            self._listening = True
            async for _, data in messages:
                self._last_heard = asyncio.get_running_loop().time()
                await self._receive(data)

    async def _watch(self, following: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        self._last_heard = loop.time()
        while not following.done() and loop.time() - self._last_heard < SILENCE:
            await asyncio.wait([following], timeout=PERIOD)
            await self._send(self._ids.address, PING)

    async def _send(self, gateway: str, message: bytes) -> None:
        try:
            await self._client.publish(self._names.gateway(gateway), message)
        except LinkError as error:
            # The gateway that waits for it gives up after PATIENCE.
            log.debug("message to a gateway lost", error=str(error))

    async def _receive(self, data: bytes) -> None:
        try:
            message = decode_message(data, self._key)
        except MessageError as error:
            self._rejects.add("poisoned message skipped", error=str(error))
            return
        if isinstance(message, Ask):
            if why := self._taken.take(message.number, message.sent):
                self._rejects.add("poisoned message skipped", error=why, sender=message.sender)
                return
            reply = encode_reply(self.own.change_for_other(message), self._key)
            await self._send(message.sender, reply)
        elif isinstance(message, PatchReply) and (pending := self._pending.get(message.number)):
            pending.take(message)


def _again(status: int) -> dict[str, str] | None:
    """Return when a client should try again whose change the stream's gateway has no room or time for."""
    return {"retry-after": RETRY_AFTER} if status in (429, 503) else None


def _unreachable() -> Problem:
    return Problem(503, "the stream's gateway cannot be reached now; try again soon", _again(503))
