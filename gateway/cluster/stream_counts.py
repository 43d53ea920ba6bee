"""Counts of the streams of each subject that has a limit, over all gateways: each writes its own into Redis.

The hashes are those of `wire/gateway_list.py`. A count is written before those of others are looked at, in
one transaction. So of two that ask at two gateways at once, both may be refused, but never both let in.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.payers import digest_of_subject
from tickcast.wire.gateway_list import BUCKETS

MAX_DIGITS = 6
"""Digits of a count that are read, at most."""

AT_ONCE = 1000
"""Commands in a transaction that asks, at most; there may be a few more."""

UNSURE = -1
"""A count that may stand in Redis or not."""

LIFETIME = 60
"""Seconds after which Redis removes a hash that no gateway renews."""

Others = Mapping[str, bool]
"""Parts of other gateways that may have streams -> whether each has to be there: else it may have left."""


class StreamCounts:
    """The counts of this gateway, and what others have."""

    def __init__(self, client: FeedClient, part: str, streams: Mapping[str, int]) -> None:
        """`part` is the first half of the fields of this gateway; `streams` are open here, by subject."""
        self._client = client
        self._part = part
        self._streams = streams
        self._keys = {bucket: client.names.uses(bucket) for bucket in BUCKETS}
        self._told: dict[str, dict[str, int]] = {bucket: {} for bucket in BUCKETS}
        """Digest -> count, as they stand in each hash; UNSURE while Redis may have another one."""
        self._digests: dict[str, str] = {}
        """Subjects with a limit that have had streams here -> their digests."""
        self._asking = Counter[str]()
        """Streams that wait to be allowed, by subject."""
        self._waiting: dict[str, asyncio.Future[int | None]] = {}
        """Subjects that wait to be asked about."""
        self._turn = asyncio.Lock()
        """Held while counts are written: an older one must not replace a newer one."""

    def __len__(self) -> int:
        """Return the number of subjects that are counted."""
        return len(self._digests)

    def note(self, subject: str) -> None:
        """Count the streams of a subject from now on, because it has a limit."""
        self._digests.setdefault(subject, digest_of_subject(subject))

    async def elsewhere(self, subject: str, others: Others) -> int | None:
        """Count one more stream of a subject here; return how many it has at other gateways.

        None: nobody knows, because counts were lost. All that wait are asked about together.

        Raises LinkError.
        """
        self._asking[subject] += 1
        waiting = self._waiting.get(subject)
        if waiting is None:
            waiting = self._waiting[subject] = asyncio.get_running_loop().create_future()
        try:
            async with self._turn:
                return waiting.result() if waiting.done() else await self._ask(subject, others)
        finally:
            self._asking[subject] -= 1
            if not self._asking[subject]:
                del self._asking[subject]
                if self._waiting.get(subject) is waiting:
                    # Nobody waits for it any more.
                    del self._waiting[subject]

    async def _ask(self, subject: str, others: Others) -> int | None:
        """Return how many streams a subject has elsewhere; ask about others that wait as well."""
        most = max(1, AT_ONCE // (2 * len(others) + 4))
        subjects = [subject, *(each for each in self._waiting if each != subject)][:most]
        batch = {each: waiting for each in subjects if (waiting := self._waiting.pop(each, None))}
        found: Mapping[str, int | None] = {}
        try:
            found = await self._found(subjects, others)
        except asyncio.CancelledError:
            # This client has given up; the next one that waits asks.
            self._waiting, batch = batch | self._waiting, {}
            raise
        finally:
            for each, waiting in batch.items():
                waiting.set_result(found.get(each))
        return found[subject]

    async def _found(self, subjects: Sequence[str], others: Others) -> dict[str, int | None]:
        for each in subjects:
            self.note(each)
        digests = {each: self._digests[each] for each in subjects}
        lengths = await self._write_and_look(
            {digest: self._count(each) for each, digest in digests.items()}, others
        )
        buckets = {digest[0] for digest in digests.values()}
        if own_lost := [bucket for bucket in buckets if not lengths[bucket, self._part]]:
            await self._tell(own_lost)
        lost = {b for b in buckets if not all(lengths[b, part] for part, must in others.items() if must)}
        held = [(digest, part) for digest in digests.values() for part in others]
        totals = await self._totals(
            [(digest, part) for digest, part in held if 0 < lengths[digest[0], part + digest] <= MAX_DIGITS]
        )
        return {each: None if digest[0] in lost else totals[digest] for each, digest in digests.items()}

    async def _write_and_look(self, counts: Mapping[str, int], others: Others) -> dict[tuple[str, str], int]:
        """Write the counts of digests; return the lengths of what stands there, by bucket and field."""
        buckets = {digest[0] for digest in counts}
        looks = [(bucket, part) for bucket in buckets for part in (self._part, *others)]
        looks += [(digest[0], part + digest) for digest in counts for part in others]
        for digest in counts:
            self._told[digest[0]][digest] = UNSURE
        answers = await self._client.transaction(
            "counting streams",
            *[("HSET", self._keys[each[0]], self._part + each, count) for each, count in counts.items()],
            *self._renewals(buckets),
            *[("HSTRLEN", self._keys[bucket], field) for bucket, field in looks],
        )
        for digest, count in counts.items():
            self._told[digest[0]][digest] = count
        return dict(zip(looks, answers[-len(looks) :], strict=True))

    async def _totals(self, held: Sequence[tuple[str, str]]) -> Counter[str]:
        """Return the sums of counts, of each digest and part, by digest."""
        totals = Counter[str]()
        if held:
            reads = [("HGET", self._keys[digest[0]], part + digest) for digest, part in held]
            counts = await self._client.transaction("counting streams", *reads)
            for (digest, _), count in zip(held, counts, strict=True):
                # It may have left meanwhile, and another program may have written anything.
                if count is not None and count.isdigit():
                    totals[digest] += int(count)
        return totals

    def _count(self, subject: str) -> int:
        return self._streams.get(subject, 0) + self._asking.get(subject, 0)

    def _renewals(self, buckets: Iterable[str]) -> Iterator[tuple[str, str, int]]:
        return (("EXPIRE", self._keys[bucket], LIFETIME) for bucket in buckets)

    async def tell(self) -> None:
        """Write the counts that have changed, and all that Redis has lost. Raises LinkError."""
        async with self._turn:
            answers = await self._client.transaction(
                "telling counts",
                *[("HSTRLEN", key, self._part) for key in self._keys.values()],
                *self._renewals(BUCKETS),
            )
            await self._tell([bucket for bucket, length in zip(BUCKETS, answers, strict=False) if not length])

    async def _tell(self, lost: Collection[str]) -> None:
        """Write the counts that have changed, and all of `lost` hashes, and that those have all."""
        for bucket in lost:
            self._told[bucket] = {}
        changed: dict[str, int] = {}
        for subject, digest in [*self._digests.items()]:
            count = self._count(subject)
            if count != self._told[digest[0]].get(digest, 0):
                changed[digest] = count
            elif not count:
                del self._digests[subject]
        there: dict[str, list[str | int]] = {bucket: [self._part, 1] for bucket in lost}
        gone: dict[str, list[str]] = {}
        for digest, count in changed.items():
            self._told[digest[0]][digest] = UNSURE
            if count:
                there.setdefault(digest[0], []).extend((self._part + digest, count))
            else:
                gone.setdefault(digest[0], []).append(self._part + digest)
        if changed or lost:
            await self._client.transaction(
                "telling counts",
                *[("HSET", self._keys[bucket], *fields) for bucket, fields in there.items()],
                *[("HDEL", self._keys[bucket], *fields) for bucket, fields in gone.items()],
                *self._renewals(lost),
            )
        for digest, count in changed.items():
            self._told[digest[0]][digest] = count
            if not count:
                del self._told[digest[0]][digest]

    async def leave(self) -> None:
        """Remove all counts of this gateway. Raises LinkError."""
        async with self._turn:
            await self._client.transaction(
                "taking counts back",
                *[
                    ("HDEL", self._keys[bucket], self._part, *(self._part + digest for digest in told))
                    for bucket, told in self._told.items()
                ],
            )
