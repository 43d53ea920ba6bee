"""Uses: what subjects and addresses use of all gateways. Each tells its own part, and asks for the others'.

What a killed gateway had is free again as soon as it no longer counts as alive. While Redis is away each
gateway allows its part of a limit: the limit divided by the gateways last seen.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle

import structlog

from tickcast.gateway.cluster.membership import ALIVE_WITHIN, ListError, Summary
from tickcast.gateway.cluster.stream_counts import LIFETIME, Others, StreamCounts
from tickcast.gateway.cluster.work_told import WorkTold
from tickcast.gateway.cluster.written import Written
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.work import Work
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.repeats import Repeats
from tickcast.wire.gateway_list import BUCKETS, WORK

PERIOD = 1.0
"""Seconds between two times that a gateway tells its part and hears the others'."""

PATIENCE = 1.0
"""Seconds that a new stream waits for what is used elsewhere; after that Redis is away."""

PRUNED_EVERY = 10
"""Times that a gateway tells its part until what ended ones have left in one of the hashes is removed."""

log = structlog.get_logger()


def part_of(gateway_id: str, started: int) -> str:
    """Return what is the part of a gateway that started at a time, in µs since the epoch, and of no other."""
    return f"{address_of(gateway_id)}{started:013x}"


class Uses:
    """The part of this gateway, and the parts of all others."""

    def __init__(
        self,
        client: FeedClient,
        part: str,
        counts: StreamCounts,
        work: Work,
        alive: Callable[[], Awaitable[Sequence[Summary]]],
    ) -> None:
        """`alive` returns the gateways that are alive; it raises LinkError, ListError."""
        self.is_away = False
        """Whether limits are divided by the gateways last seen, because Redis does not answer."""
        self.counts = counts
        self.told = WorkTold(client, part, work)
        self._names = client.names
        self._written = Written(client)
        self._part = part
        self._work = work
        self._alive = alive
        self._seen: dict[str, int] = {}
        """Parts of the other gateways -> when each has renewed its entry, in µs since the epoch."""
        self._listed: set[str] = set()
        """Those of the others that stand in the list now: one that has left has taken its counts with it."""
        self._has_met = asyncio.Event()
        """Set once the list of gateways was read, or could not be."""
        self._exchanges = 0
        self._prunes = cycle((*BUCKETS, WORK))
        self._repeats = Repeats()
        self._has_said_so = False
        """Whether it is logged that limits are divided now."""

    async def most_here(self, subject: str, limit: int) -> int:
        """Return how many streams a subject that may have `limit` may have at this gateway now.

        The own part counts the stream that asks before the others are looked at. So of two that ask at two
        gateways at once, both may be refused, but never both allowed beyond the limit.
        """
        self.counts.note(subject)
        try:
            async with asyncio.timeout(PATIENCE):
                await self._has_met.wait()
                if self.is_away:
                    return self._divided(limit)
                if not (others := self._others()):
                    return limit
                elsewhere = await self.counts.elsewhere(subject, others)
        except (LinkError, TimeoutError) as error:
            self._lose(str(error) or f"Redis has not answered within {PATIENCE:g} s")
            return self._divided(limit)
        return self._divided(limit) if elsewhere is None else limit - elsewhere

    def _others(self) -> Others:
        """Return the parts of the other gateways that are alive, and whether each has to have its counts."""
        now = time.time_ns() // 1000
        return {part: part in self._listed for part, t in self._seen.items() if now - t <= ALIVE_WITHIN}

    def _divided(self, limit: int) -> int:
        return max(1, limit // (len(self._listed) + 1)) if limit else 0

    def _lose(self, why: str) -> None:
        if not self._has_said_so and (left_out := self._repeats.due("away")) is not None:
            self._has_said_so = True
            log.warning("limits are divided by the gateways last seen", why=why, left_out=left_out)
        self._set_away(True)

    def _set_away(self, is_away: bool) -> None:
        if self._has_said_so and not is_away:
            self._has_said_so = False
            log.info("limits are shared again")
        self.is_away = is_away
        self._work.gateways = len(self._listed) + 1
        # What is spent elsewhere cannot be heard: each gateway has its part of an address's share.
        self._work.parts = self._work.gateways if is_away else 1

    async def run(self) -> None:
        """Tell and hear until cancelled."""
        while True:
            try:
                await self.exchange()
            except (LinkError, ListError) as error:
                self._lose(str(error))
            self._has_met.set()
            await asyncio.sleep(PERIOD)

    async def exchange(self) -> None:
        """Tell what is used here, and hear what is used elsewhere. Raises LinkError, ListError."""
        self._meet(await self._alive())
        await self.counts.tell()
        await self.told.exchange([*self._seen], LIFETIME)
        self._set_away(False)
        self._exchanges += 1
        if self._exchanges % PRUNED_EVERY == 0 and all(self._part < part for part in self._seen):
            # One of all does it.
            await self._prune(next(self._prunes))

    def _meet(self, members: Sequence[Summary]) -> None:
        met = {part_of(each.id, each.started): each.t for each in members}
        met.pop(self._part, None)
        now = time.time_ns() // 1000
        # The list may have been lost a moment ago, and not all stand in the new one yet.
        self._seen = {part: t for part, t in (self._seen | met).items() if now - t <= ALIVE_WITHIN}
        self._listed = set(met)

    async def _prune(self, what: str) -> None:
        kept = {part.encode("ascii") for part in (self._part, *self._seen)}
        # A count has a digest behind its part.
        length = None if what == WORK else len(self._part)
        await self._written.prune(self._names.uses(what), kept, length)

    async def leave(self) -> None:
        """Take back what this gateway has told."""
        try:
            async with asyncio.timeout(PERIOD / 2):
                await self.counts.leave()
                await self.told.leave()
        except (LinkError, TimeoutError) as error:
            log.debug("uses not taken back", error=str(error))
