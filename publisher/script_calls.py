"""Calls of the scripts that write a partition: repeated until Redis answers, and void for who is deposed."""

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


class Calls:
    """The calls of one writer, with its fencing token."""

    def __init__(self, broker: Broker, fence: int, stats: Stats) -> None:
        self._broker = broker
        self._fence = fence
        self._stats = stats

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
        if answer[0] == b"fenced":
            raise DeposedError(
                f"a publisher with fencing token {answer[1].decode()} writes now, ours is {self._fence}"
            )
        return answer

    def report_moved(self, moved: list[bytes]) -> None:
        """Log each key that was moved aside, of (key, type, new name)."""
        for at in range(0, len(moved), 3):
            key, kind, aside = (each.decode(errors="replace") for each in moved[at : at + 3])
            self._stats.displaced += 1
            _log.error(
                "another program wrote a key of the feed; moved it aside", key=key, type=kind, to=aside
            )
