"""Work that gateways tell each other: of those who owe some, what each has done for them (`limits/work.py`).

Each tells its own in a field of one hash, as JSON: who -> what is told, as an array.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.work import MOST_TOLD, Told, Work
from tickcast.wire.gateway_list import WORK

MAX_FIELD = 64 * 1024
"""Bytes of what a gateway tells that are read, at most."""

READ_AT_ONCE = 1024 * 1024
"""Bytes that are read by one command, and one field more."""


class WorkTold:
    """Tells what was done here, and hears what was done elsewhere."""

    def __init__(self, client: FeedClient, part: str, work: Work) -> None:
        """`part` is the field of this gateway."""
        self.heard: dict[str, dict[str, Told]] = {}
        """What each of the others has told, as last heard."""
        self._client = client
        self._key = client.names.uses(WORK)
        self._part = part
        self._work = work

    async def exchange(self, others: Sequence[str], lifetime: int) -> None:
        """Tell and hear; Redis forgets all of it after `lifetime` seconds. Raises LinkError."""
        _, _, *lengths = await self._client.transaction(
            "telling work",
            ("HSET", self._key, self._part, encode_told(self._work.owing())),
            ("EXPIRE", self._key, lifetime),
            *[("HSTRLEN", self._key, part) for part in others],
        )
        self.heard = {part: told for part, told in self.heard.items() if part in others}
        asked, size = list[str](), 0
        for part, length in zip(others, lengths, strict=True):
            if 0 < length <= MAX_FIELD:
                asked.append(part)
                size += length
            if size >= READ_AT_ONCE:
                await self._hear(asked)
                asked, size = [], 0
        if asked:
            await self._hear(asked)

    async def _hear(self, parts: Sequence[str]) -> None:
        for part, text in zip(parts, await self._client.ask("HMGET", self._key, *parts), strict=True):
            told = decode_told(text or b"")
            if told is None:
                continue
            before = self.heard.get(part)
            for whose, (spent, owed) in told.items():
                if before is None:
                    # Who has begun to listen hears what is owed by now.
                    more = owed
                else:
                    had = before[whose].spent if whose in before else 0
                    # Who had paid off everything is counted from 0 again.
                    more = spent - had if spent >= had else spent
                self._work.charge_elsewhere(whose, more / 1000)
            self.heard[part] = told

    async def leave(self) -> None:
        """Take back what was told. Raises LinkError."""
        await self._client.ask("HDEL", self._key, self._part)


def encode_told(told: Mapping[str, Told]) -> bytes:
    """Return what is told as JSON."""
    return orjson.dumps({whose: [*each] for whose, each in told.items()})


def decode_told(text: bytes) -> dict[str, Told] | None:
    """Return what a gateway tells, without what is no such thing; None if nothing of it is."""
    try:
        document: Any = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or len(document) > MOST_TOLD:
        return None
    return {whose: Told(*told) for whose, told in document.items() if _is_told(told)}


def _is_told(told: object) -> bool:
    return (
        isinstance(told, list)
        and len(told) == len(Told._fields)
        and all(type(ms) is int and 0 <= ms < 1 << 53 for ms in told)
    )
