"""Calls of the scripts that write a partition: repeated until Redis answers, and void for who is deposed."""

from collections.abc import Awaitable, Callable
from enum import Enum

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import DeposedError
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import UNANSWERED, LinkDownError
from tickcast.wire.scripts import PUBLISH

_AGAIN = 13
"""Index of `again` among the arguments of publish.lua."""

_log = structlog.get_logger()


class Renew(Enum):
    """What a claim writes back, as claim.lua takes it."""

    NEITHER = "0"
    """Begin a new epoch only where Redis is not whole."""
    EPOCH = "1"
    """Data was lost: begin a new epoch and write values back."""
    VALUES = "2"
    """Write values back in the same epoch."""


Outbid = Callable[[int], Awaitable[int]]
"""Returns a token above one that another program has written; 0 if its publisher may be real."""


async def no_outbid(token: int) -> int:
    """Take every token for that of a publisher."""
    return 0


class Calls:
    """The calls of one writer, with its fencing token."""

    def __init__(self, broker: Broker, fence: int, stats: Stats, outbid: Outbid = no_outbid) -> None:
        self.fence = fence
        self.has_outbid = False
        """Whether another program's token stands in `meta` instead of ours, until the next claim."""
        self._broker = broker
        self._stats = stats
        self._outbid = outbid

    async def call(self, script: str, keys: list[str], args: list[Argument]) -> list[bytes]:
        """Return the answer of claim.lua or publish.lua. Raises DeposedError, LinkRefusedError."""
        again = 0

        async def once() -> list[bytes]:
            nonlocal again
            if script is PUBLISH:
                args[_AGAIN] = again
            try:
                answer: list[bytes] = await self._broker.script(script, keys, args)
            except LinkDownError as error:
                if error.failure in UNANSWERED:
                    again = 1
                raise
            return answer

        answer = await self._broker.retry(once)
        if answer[0] == b"fenced" and await self._has_outbid(int(answer[1])):
            args[0] = self.fence
            answer = await self._broker.retry(once)
        if answer[0] == b"fenced":
            raise DeposedError(
                f"a publisher with fencing token {answer[1].decode()} writes now, ours is {self.fence}"
            )
        return answer

    async def _has_outbid(self, token: int) -> bool:
        """Take a token above this one, if no publisher can have got it; tell whether that was so."""
        ours = await self._broker.retry(lambda: self._outbid(token))
        if not ours:
            return False
        _log.error("another program wrote a fencing token; took a larger one", found=token, ours=ours)
        self._stats.mended += 1
        self.fence, self.has_outbid = ours, True
        return True

    def report_moved(self, moved: list[bytes]) -> None:
        """Log each key that was moved aside, of (key, type, new name)."""
        for at in range(0, len(moved), 3):
            key, kind, aside = (each.decode(errors="replace") for each in moved[at : at + 3])
            self._stats.displaced += 1
            _log.error(
                "another program wrote a key of the feed; moved it aside", key=key, type=kind, to=aside
            )
