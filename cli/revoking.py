"""Which subjects are revoked is written here; gateways and publishers look every second."""

import secrets

from tickcast.access.claims import MAX_SUBJECT
from tickcast.access.revocations import MAX_REVOKED, REVISION
from tickcast.cli.redis_of import opened_redis
from tickcast.runtime.errors import UserError
from tickcast.runtime.settings import ProgramSettings

TIMEOUT = 3.0
"""Seconds for an answer of Redis."""

COUNTS = b"0"
"""Stands for a time: the subject counts again. What was deleted, gateways would go on to refuse."""


async def set_revoked(settings: ProgramSettings, subject: str, *, revoked: bool) -> int:
    """Revoke a subject, or let it count again; return how many are revoked. Raises UserError, LinkError."""
    if not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise UserError(f"a subject has 1 to {MAX_SUBJECT} printable characters", 2)
    key = settings.names.revoked()
    client = opened_redis(settings, TIMEOUT, writes=True)
    try:
        held: dict[bytes, bytes] = await client.execute(key, "HGETALL", key)
        held.pop(REVISION, None)
        named = subject.encode("utf-8")
        if not revoked and held.get(named, COUNTS) == COUNTS:
            raise UserError(f"{subject} is not revoked")
        if named not in held and len(held) >= MAX_REVOKED:
            raise UserError(f"{len(held)} subjects were revoked, as many as there may be")
        # By one clock, whoever revokes: tokens are compared with it.
        at = b"%d" % (await client.execute(key, "TIME"))[0] if revoked else COUNTS
        held[named] = at
        # In one step, and with a revision that never comes again: whoever sees it reads what it stands for.
        await client.execute(key, "HSET", key, named, at, REVISION, secrets.token_hex(8))
        return sum(each != COUNTS for each in held.values())
    finally:
        await client.close()
