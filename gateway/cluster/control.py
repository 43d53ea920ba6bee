"""Control: changes of streams, carried by Redis to whichever gateway holds the stream, and back."""

import asyncio
import re
import secrets
from collections import Counter

import structlog

from tickcast.gateway.cluster.membership import Presence
from tickcast.gateway.cluster.messages import (
    GATEWAY,
    PING,
    Answer,
    Ask,
    MessageError,
    decode_message,
    encode_answer,
    encode_ask,
)
from tickcast.gateway.feed.client import RedisServers
from tickcast.gateway.protocol.problem import Problem
from tickcast.gateway.streams.lifecycle import Lifecycle
from tickcast.gateway.streams.patch import PatchError, changed_key, parse_patch
from tickcast.gateway.streams.registry import digest_of
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.runtime.tasks import end_tasks
from tickcast.wire import names

PATIENCE = 2.0
"""Seconds in which another gateway has to answer."""

PERIOD = 2.0
"""Seconds between two signs of life to itself."""

SILENCE = 3 * PERIOD
"""Seconds without one after which the channel is opened anew: a hung connection looks well."""

PAUSE = 0.5
"""Seconds before that is tried again."""

MAX_ASKED = 1000
"""Changes on their way to other gateways, at most."""

RESULTS = {200: "done", 400: "refused", 404: "unknown", 503: "unreachable", 504: "timeout"}
"""What becomes of a change, by the status of its answer."""

_STREAM = re.compile(rf"({GATEWAY})\.([A-Za-z0-9_-]{{1,64}})")

log = structlog.get_logger()


class Asked:
    """A change on its way."""

    def __init__(self, answered: asyncio.Future[Answer]) -> None:
        self.answered = answered
        self.receivers = 0
        """Gateways that got it, once that is known: there should be one, but ids can be given twice."""
        self.strangers = 0
        """How many of them have no such stream."""

    def take(self, answer: Answer) -> None:
        """Take an answer; that of a stranger counts only if nobody can know better."""
        if answer.status == 404:
            self.strangers += 1
            if self.strangers != self.receivers:
                return
        if not self.answered.done():
            self.answered.set_result(answer)

    def got(self, receivers: int) -> None:
        """Learn how many will answer."""
        self.receivers = receivers
        if self.strangers >= receivers and not self.answered.done():
            self.answered.set_result(Answer(b"", 404, [], ""))


class Control:
    """Changes streams of this gateway, for its own clients and for those of others."""

    def __init__(
        self,
        servers: RedisServers,
        presence: Presence,
        lifecycle: Lifecycle,
        gateway_id: str,
        max_symbols: int,
    ) -> None:
        self.results = Counter(dict.fromkeys(RESULTS.values(), 0))
        """Changes asked for here, by what became of them."""
        self._servers = servers
        self._presence = presence
        self._lifecycle = lifecycle
        self._id = gateway_id
        self._max_symbols = max_symbols
        self._asked: dict[bytes, Asked] = {}
        self._listens = False
        self._heard = 0.0
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
            answer = self._change_here(digest, body)
        else:
            # Also if it is named after this gateway: the same id may have been given to another one.
            answer = await self._carry(holder, digest, body)
        if answer.status == 404:
            raise _unknown()
        if answer.status != 200:
            raise Problem(answer.status, answer.detail)
        return answer.entries

    def _change_here(self, digest: bytes, body: bytes, number: bytes = b"") -> Answer:
        subscriber = self._lifecycle.registry.find(digest)
        if subscriber is None:
            return Answer(number, 404, [], "")
        try:
            wanted = subscriber.wanted or subscriber.group.key
            key = changed_key(wanted, parse_patch(body, self._max_symbols), self._max_symbols)
        except PatchError as error:
            return Answer(number, 400, [], str(error))
        self._lifecycle.change_key(subscriber, key)
        return Answer(number, 200, key.selection.entries, "")

    # To and from other gateways

    async def _carry(self, holder: str, digest: bytes, body: bytes) -> Answer:
        if not self._listens or len(self._asked) >= MAX_ASKED:
            raise _unreachable()
        number = secrets.token_hex(8).encode("ascii")
        asked = self._asked[number] = Asked(asyncio.get_running_loop().create_future())
        ask = Ask(number, self._id, digest, body)
        try:
            async with asyncio.timeout(PATIENCE):
                receivers = await self._servers.publish(names.gateway(holder), encode_ask(ask))
                # Nobody listens: that gateway is gone and its streams with it, or it opens its channel anew.
                if not receivers and await self._presence.lives(holder):
                    raise _unreachable()
                asked.got(receivers)
                return await asked.answered
        except TimeoutError:
            if asked.strangers:
                raise _unknown() from None
            raise Problem(504, f"the stream's gateway did not answer within {PATIENCE:g} s") from None
        except LinkError as error:
            log.debug("a change was not carried", error=str(error))
            raise _unreachable() from None
        finally:
            del self._asked[number]

    async def run(self) -> None:
        """Listen to other gateways until cancelled; come back after every break."""
        while True:
            following = asyncio.create_task(self._follow())
            try:
                await self._watch(following)
            finally:
                self._listens = False
                await end_tasks([following])
            error = None if following.cancelled() else following.exception()
            if error is not None and not isinstance(error, LinkError):
                raise error
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        async with self._servers.subscribed({names.gateway(self._id): None}) as messages:
            self._listens = True
            async for _, data in messages:
                self._heard = asyncio.get_running_loop().time()
                await self._take(data)

    async def _watch(self, following: asyncio.Task[None]) -> None:
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        while not following.done() and loop.time() - self._heard < SILENCE:
            await asyncio.wait([following], timeout=PERIOD)
            await self._send(self._id, PING)

    async def _send(self, gateway: str, message: bytes) -> None:
        try:
            await self._servers.publish(names.gateway(gateway), message)
        except LinkError as error:
            # Who waits for it gives up by itself.
            log.debug("a message to a gateway was lost", error=str(error))

    async def _take(self, data: bytes) -> None:
        try:
            message = decode_message(data)
        except MessageError as error:
            self._rejects.add("poisoned message skipped", error=str(error))
            return
        if isinstance(message, Ask):
            answer = self._change_here(message.digest, message.body, message.number)
            await self._send(message.sender, encode_answer(answer))
        elif isinstance(message, Answer) and (asked := self._asked.get(message.number)):
            asked.take(message)


def _unknown() -> Problem:
    return Problem(404, "there is no such stream, or no longer: hello tells the id of each")


def _unreachable() -> Problem:
    return Problem(503, "the stream's gateway cannot be reached now; try again soon", {"retry-after": "2"})
