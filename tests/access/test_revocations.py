"""Who was revoked stays so, whatever happens to Redis."""

from typing import Any

import pytest

from tickcast.access.grant import Grant
from tickcast.access.revocations import Revocations

BEFORE, AT, AFTER = 1000.9, b"1001", 1002.0


class Away(Exception):  # noqa: N818 - a word of the tests
    """Redis does not answer."""


class Store:
    """A hash, and whether it answers."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}
        self.away = False
        self.reads = 0

    async def ask(self, command: str, key: str, *args: bytes) -> Any:
        """Answer as Redis does."""
        if self.away:
            raise Away
        if command == "HGET":
            return self.held.get(args[0])
        self.reads += 1
        return dict(self.held)


def grant(subject: str, issued: float | None) -> Grant:
    return Grant(subject, ("*",), issued=issued)


async def test_tokens_up_to_then_are_revoked_and_newer_ones_count() -> None:
    store = Store()
    revocations = Revocations(store.ask, "revoked", Away)
    assert not revocations.are_known
    await revocations.look()
    assert revocations.are_known
    store.held |= {b"ann": AT, b"": b"r1"}
    await revocations.look()
    assert revocations.revokes(grant("ann", BEFORE))
    assert revocations.revokes(grant("ann", 1001.9))
    assert revocations.revokes(grant("ann", None))
    assert not revocations.revokes(grant("ann", AFTER))
    assert not revocations.revokes(grant("bob", BEFORE))
    await revocations.look()
    assert store.reads == 2
    store.held |= {b"ann": b"0", b"": b"r2"}
    await revocations.look()
    assert not revocations.revokes(grant("ann", BEFORE))


async def test_a_redis_that_has_lost_them_lets_nobody_in_again_and_newer_ones_are_heard() -> None:
    store = Store()
    revocations = Revocations(store.ask, "revoked", Away)
    store.held |= {b"ann": AT, b"": b"r1"}
    await revocations.look()
    store.held.clear()
    await revocations.look()
    assert revocations.revokes(grant("ann", BEFORE))
    store.held |= {b"bob": AT, b"": b"r2"}
    await revocations.look()
    assert revocations.revokes(grant("ann", BEFORE))
    assert revocations.revokes(grant("bob", BEFORE))


async def test_what_was_known_counts_while_redis_is_away_and_what_cannot_be_read_revokes() -> None:
    store = Store()
    revocations = Revocations(store.ask, "revoked", Away)
    store.held |= {b"ann": b"soon", b"": b"r1"}
    await revocations.look()
    store.away = True
    with pytest.raises(Away):
        await revocations.look()
    assert revocations.revokes(grant("ann", 9e9))
