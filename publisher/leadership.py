"""Which partitions this publisher leads: takes leases, leads their terms, gives up the shares of others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.lease import Lease
from tickcast.publisher.members import Members
from tickcast.publisher.sharing import first_choice, share
from tickcast.publisher.stats import Stats
from tickcast.publisher.term import Ending, Term
from tickcast.runtime.redis.errors import Failure, LinkDownError, LinkError
from tickcast.runtime.tasks import end_tasks

STANDBY_PAUSE = 0.5
"""Seconds between two tries for a lease. With a lease of 2 s, a dead leader is replaced within 3 s."""

ALL = ":all"
"""How the name of a publisher ends that leads all partitions by the lease of partition 0."""

_log = structlog.get_logger()


class Leadership:
    """The leases of this publisher, and a term for each set of leases that it took together."""

    def __init__(
        self,
        broker: Broker,
        leases: Sequence[Lease],
        members: Members | None,
        make_term: Callable[[Sequence[Lease]], Term],
        stats: Stats,
        look_around: Callable[[], Awaitable[None]],
    ) -> None:
        """`members` are the publishers that share the leases; None: one lease is for all
        partitions.

        `look_around` is awaited once, when Redis has listed this publisher, or granted the first lease.
        """
        self._broker = broker
        self._leases = leases
        self._members = members
        self._make_term = make_term
        self._stats = stats
        self._look_around = look_around
        self._terms: dict[asyncio.Task[Ending], Term] = {}
        self._given_up: set[Lease] = set()
        """Leases that are being given up: still held, until all is written."""
        self._giving: set[asyncio.Task[None]] = set()
        self._is_over = False
        self._has_looked = False
        self._complained: Failure | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Lead what falls to this publisher until `stop` is set or the source ends.

        Raises SourceError, LinkRefusedError, ShapeError, and any error of a faulty source.
        """
        _log.info("standing by")
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set() and not (self._is_over and not self._terms):
                if not self._is_over:
                    await self._take_and_give(stop)
                awaited: set[asyncio.Task[Ending] | asyncio.Task[bool]] = {stopping, *self._terms}
                await asyncio.wait(awaited, timeout=STANDBY_PAUSE, return_when=asyncio.FIRST_COMPLETED)
                await self._collect()
            if self._terms:
                await asyncio.wait(self._terms)
                await self._collect()
        finally:
            stopping.cancel()
            await end_tasks([*self._giving, *self._terms])
            await self._leave(lease for term in self._terms.values() for lease in term.leases)
            if self._members is not None:
                with suppress(LinkError):
                    await self._members.leave()

    async def _take_and_give(self, stop: asyncio.Event) -> None:
        """Bring the leases of this publisher to its share. What Redis does not answer is left as it is."""
        held = {lease for term in self._terms.values() for lease in term.leases}
        trouble = _Trouble()
        taken: list[Lease] = []
        try:
            wanted, first = len(held), 0
            with trouble:
                wanted, first = await self._share(len(held))
                self._give_up(len(held - self._given_up) - wanted, first)
            free = [lease for lease in self._from(first) if lease not in held]
            while len(held) + len(taken) < wanted and free:
                tried, free = _split(free, wanted - len(held) - len(taken))
                found = await asyncio.gather(*(each.acquire() for each in tried), return_exceptions=True)
                taken += [lease for lease, fence in zip(tried, found, strict=True) if isinstance(fence, int)]
                trouble.note(found)
            trouble.note(await asyncio.gather(*(each.watch() for each in free), return_exceptions=True))
        finally:
            if taken:
                await self._begin(taken, stop)
        self._complain(trouble.first)

    def _complain(self, error: LinkDownError | None) -> None:
        failure = error.failure if error else None
        if error and failure is not self._complained and not self._terms:
            self._broker.complain(error)
        self._complained = failure

    async def _share(self, held: int) -> tuple[int, int]:
        """Return how many leases this publisher should hold, and which one it tries first."""
        if self._members is None:
            return 1, 0
        members = await self._members.renew(held)
        await self._look_once()
        await self._leases[0].watch()
        if self._leases[0].holder_seen.endswith(ALL):
            return 0, 0
        own, count = self._members.name, len(self._leases)
        return share(members, own, count), first_choice(members, own, count)

    def _from(self, first: int) -> list[Lease]:
        return [*self._leases[first:], *self._leases[:first]]

    def _give_up(self, surplus: int, first: int) -> None:
        """Begin to give up the leases that this publisher would try last."""
        order = self._from(first)
        for term in self._terms.values():
            if surplus <= 0 or not term.leading.is_set():
                continue
            left = [lease for lease in term.leases if lease not in self._given_up]
            chosen = sorted(left, key=order.index, reverse=True)[:surplus]
            surplus -= len(chosen)
            self._given_up |= set(chosen)
            _log.info("giving partitions to another publisher", partitions=len(chosen))
            giving = asyncio.create_task(term.give_up(chosen))
            self._giving.add(giving)
            giving.add_done_callback(partial(self._gave_up, chosen))

    def _gave_up(self, leases: list[Lease], giving: asyncio.Task[None]) -> None:
        self._giving.discard(giving)
        self._given_up -= set(leases)
        if not giving.cancelled() and (error := giving.exception()) is not None:
            _log.error("partitions could not be given up", exc_info=error)

    async def _look_once(self) -> None:
        if not self._has_looked:
            self._has_looked = True
            await self._look_around()

    async def _begin(self, taken: list[Lease], stop: asyncio.Event) -> None:
        try:
            await self._look_once()
        except Exception:
            await self._leave(taken)
            raise
        self._lead(taken, stop)

    def _lead(self, leases: list[Lease], stop: asyncio.Event) -> None:
        term = self._make_term(leases)
        self._stats.terms += 1
        self._terms[asyncio.create_task(term.run(stop))] = term

    async def _collect(self) -> None:
        """Look after terms that have ended. Raises what they raised."""
        for task in [each for each in self._terms if each.done()]:
            ending = task.result()
            left = self._terms.pop(task).leases
            await self._leave(left)
            _log.info("no longer leading", reason=ending.value, ticks=self._stats.ticks)
            if ending is Ending.SOURCE:
                self._is_over = True

    async def _leave(self, leases: Iterable[Lease]) -> None:
        for lease in leases:
            with suppress(LinkError):
                await lease.release()


def _split(leases: list[Lease], count: int) -> tuple[list[Lease], list[Lease]]:
    return leases[:count], leases[count:]


class _Trouble:
    """What failed in a round because Redis did not do it; anything else is raised."""

    def __init__(self) -> None:
        self.first: LinkDownError | None = None

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, LinkDownError):
            return False
        self.first = self.first or error
        return True

    def note(self, results: Sequence[object]) -> None:
        """Look through the results of several calls."""
        for result in results:
            if isinstance(result, LinkDownError):
                self.first = self.first or result
            elif isinstance(result, BaseException):
                raise result
