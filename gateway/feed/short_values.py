"""Hashes of Redis in which another program may have written what is longer than any value of the feed.

First the lengths are asked for, then the values that are short enough, all as of one moment.
"""

from collections.abc import Sequence
from typing import Any

from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.client import Argument
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.wire.bounds import MAX_INSTRUMENT_BYTES

FAIR_BYTES = 1024
"""Bytes of Redis's memory for each value of a hash, on the average.

Those of the simulator take 110 to 160. Where all texts are long it may be more: then lengths are asked.
"""

SPARE = 16
"""So many values more may be there: a small hash has some bytes of its own."""

FIELDS_AT_ONCE = 500
"""Values whose lengths are asked for at once."""

TRIES = 5
"""Readings, at most, until none has a field that was not there at the reading before."""


class ShortValues:
    """Reads hashes that are on one server."""

    def __init__(self, client: FeedClient, rejects: Rejects) -> None:
        self._client = client
        self._rejects = rejects

    async def are_fair(self, keys: Sequence[str]) -> bool:
        """Tell whether hashes are as large as so many values may be, so that all of each may be read."""
        asked: list[Sequence[Argument]] = [("HLEN", key) for key in keys]
        asked += [("MEMORY", "USAGE", key, "SAMPLES", 0) for key in keys]
        try:
            answers = await self._client.transaction("asking for sizes", *asked)
        except LinkError as error:
            if error.failure not in (Failure.NO_RIGHT, Failure.OTHER):
                raise
            # A Redis that does not tell, or a user who may not ask: the values are checked in any case.
            return True
        counts, sizes = answers[: len(keys)], answers[len(keys) :]
        return all(
            int(size or 0) <= FAIR_BYTES * (int(count) + SPARE)
            for count, size in zip(counts, sizes, strict=True)
        )

    async def read(
        self, keys: Sequence[str], first: Sequence[Argument] | None = None
    ) -> tuple[Any, list[dict[bytes, bytes]]]:
        """Return the answer to the command `first`, and the short values of each hash, as of one moment.

        Without `first` its answer is None. Raises LinkError.
        """
        looked: list[dict[bytes, bool]] = [{} for _ in keys]
        """Field -> whether its value is short, of each hash."""
        for key, known in zip(keys, looked, strict=True):
            await self._look(key, known, await self._client.ask("HKEYS", key))
        for _ in range(TRIES):
            wanted = [[field for field, is_short in known.items() if is_short] for known in looked]
            answer, now, values = await self._at_once(keys, wanted, first)
            new = [[field for field in fields if field not in known]
                   for fields, known in zip(now, looked, strict=True)]  # fmt: skip
            if not any(new):
                break
            for key, known, fields in zip(keys, looked, new, strict=True):
                await self._look(key, known, fields)
        return answer, values

    async def _look(self, key: str, known: dict[bytes, bool], fields: Sequence[bytes]) -> None:
        for start in range(0, len(fields), FIELDS_AT_ONCE):
            some = fields[start : start + FIELDS_AT_ONCE]
            asked = [("HSTRLEN", key, field) for field in some]
            lengths = await self._client.transaction(f"lengths in {key}", *asked)
            for field, length in zip(some, lengths, strict=True):
                known[field] = length <= MAX_INSTRUMENT_BYTES
                if not known[field]:
                    self._rejects.add("value in Redis is too long", key=key, field=repr(field[:40]))

    async def _at_once(
        self, keys: Sequence[str], wanted: Sequence[Sequence[bytes]], first: Sequence[Argument] | None
    ) -> tuple[Any, list[list[bytes]], list[dict[bytes, bytes]]]:
        """Return the answer to `first`, the fields of each hash, and the values of the `wanted` ones."""
        commands: list[Sequence[Argument]] = [("HKEYS", key) for key in keys]
        # A command needs a field: no hash of a feed has the empty one.
        commands += [("HMGET", key, b"", *fields) for key, fields in zip(keys, wanted, strict=True)]
        asked = commands if first is None else [first, *commands]
        answers = await self._client.transaction("loading what is short", *asked)
        answer = None if first is None else answers.pop(0)
        values = [
            {field: value for field, value in zip(fields, found[1:], strict=True) if value}
            for fields, found in zip(wanted, answers[len(keys) :], strict=True)
        ]
        return answer, answers[: len(keys)], values
