"""Subjects that are revoked: whatever token of them was issued before proves nothing any more.

What is known of them is not forgotten while a process runs: a Redis that has lost it lets nobody in again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from tickcast.access.grant import Grant

LOOK = 1.0
"""Seconds between two looks whether somebody was revoked."""

PATIENCE = 10.0
"""Seconds without an answer after which it is said that revocations may be missed."""

REVISION = b""
"""Field of the hash that changes with every revocation: no subject is empty."""

MAX_REVOKED = 10_000
"""Subjects that may be revoked at once: every gateway holds all of them."""

Ask = Callable[..., Awaitable[Any]]
"""Asks Redis for the answer to a command about a key."""

log = structlog.get_logger()


class Revocations:
    """The subjects that are revoked, as a hash in Redis has them; the newest ones known, if it is away."""

    def __init__(self, ask: Ask, key: str, trouble: type[Exception]) -> None:
        """`ask` raises `trouble` if Redis does not answer."""
        self.are_known = False
        """Whether the hash was read: before that nobody knows who is revoked."""
        self.changes = 0
        """How often what it says has changed."""
        self._ask = ask
        self._key = key
        self._trouble = trouble
        self._since: dict[str, float] = {}
        self._revision: bytes | None = None
        self._read = time.monotonic()
        self._complained = False

    @property
    def age(self) -> float:
        """Return how long ago they were read, in seconds."""
        return time.monotonic() - self._read

    def revokes(self, grant: Grant) -> bool:
        """Tell whether a grant was issued before its subject was revoked, or nobody knows when."""
        since = self._since.get(grant.subject, 0)
        # Both are whole seconds: what was issued in the same one is revoked, too.
        return since > 0 and (grant.issued is None or int(grant.issued) <= since)

    async def run(self) -> None:
        """Follow the hash until cancelled."""
        while True:
            try:
                await self.look()
            except self._trouble as error:
                if self.age > PATIENCE and not self._complained:
                    self._complained = True
                    log.error("revocations cannot be read; newer ones are missed", error=str(error))
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Read the hash again if it has changed. Raises what `ask` raises."""
        revision = await self._ask("HGET", self._key, REVISION)
        if revision != self._revision or not self.are_known:
            found = await self._ask("HGETALL", self._key)
            lost = self._since.keys() - {_text(subject) for subject in found}
            if lost:
                log.warning("Redis has lost revocations; they go on here", subjects=len(lost))
            # Who counts again is told by a 0.
            self._since |= {_text(name): _seconds(at) for name, at in found.items() if name != REVISION}
            self._revision = revision
            self.changes += 1
        self._read, self.are_known, self._complained = time.monotonic(), True, False


def _text(subject: bytes) -> str:
    return subject.decode("utf-8", "replace")


def _seconds(text: bytes) -> float:
    """Return a time; for one that cannot be read, the latest: whoever was revoked stays so."""
    try:
        return float(int(text))
    except ValueError:
        return float("inf")
