"""Hands in the lines of a request to the inboxes of their partitions, and no line of it twice."""

import hashlib
from typing import Any, NamedTuple

from tickcast.publisher.broker import Broker
from tickcast.publisher.http.scripts import BEGIN, HAND_IN_ONCE
from tickcast.publisher.http.ticks import Checked
from tickcast.runtime.problem import Problem
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire.inbox import encode_entry
from tickcast.wire.layout import LAYOUT_FIELDS, Layout, LayoutError, decode_layout
from tickcast.wire.scripts import HAND_IN
from tickcast.wire.symbol import partition_of

BY = "http"
"""The producer that all requests count as: they bring one secret, and share half of each inbox."""

LIFE = 600
"""Seconds in which a request with the same Idempotency-Key is the same request."""

MAX_REQUESTS = 100_000
"""Requests with an Idempotency-Key in a partition and ten minutes: about 12 MB of Redis's memory."""

AGAIN = {"retry-after": "1"}


class Key(NamedTuple):
    """An Idempotency-Key that has begun."""

    digest: str
    """Its hash."""
    began: str
    """When it was first seen, in seconds since 1970, by the clock of Redis."""


class Inboxes:
    """The inboxes of a feed. Safe to use from several tasks."""

    def __init__(self, broker: Broker, limit: int, replicas: int = 0) -> None:
        """`limit` is in bytes, for each inbox; so many `replicas` of Redis must have what is taken."""
        self._broker = broker
        self._names = broker.names
        self._limit = limit
        self._replicas = replicas

    async def layout(self) -> Layout:
        """Return how the feed is cut. Raises Problem(503)."""
        try:
            layout = decode_layout(*await self._broker.read_fields(self._names.meta(0), LAYOUT_FIELDS))
        except LinkError as error:
            raise _away(error) from error
        except LayoutError as error:
            raise Problem(503, f"what Redis holds of the feed cannot be read: {error}", AGAIN) from None
        if layout is None:
            raise Problem(503, "no publisher has begun the feed yet", AGAIN)
        return layout

    async def begin(self, key: str, body: bytes, partitions: int) -> Key:
        """Remember a request by its Idempotency-Key. Raises Problem: 422 if the body is another one, 503."""
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        # Every publisher finds the key in the same partition.
        requests = self._names.requests(partition_of(digest.encode("ascii"), partitions))
        args = [digest, LIFE, MAX_REQUESTS, hashlib.sha256(body).hexdigest()]
        match await self._ask(BEGIN, [requests], args):
            case [b"new" | b"same", began]:
                return Key(digest, began.decode("ascii"))
            case [b"other"]:
                raise Problem(422, "this Idempotency-Key came with another body in the last 10 minutes")
            case _:
                raise Problem(503, "there are too many requests with an Idempotency-Key", AGAIN)

    async def hand_in(self, checked: Checked, key: Key | None) -> None:
        """Return when Redis has taken all valid lines.

        Raises Problem(503); some may be taken then. With a key they are not taken again.
        """
        taken = 0
        for partition, lines in sorted(checked.by_partition.items()):
            inbox, entry = self._names.inbox(partition), encode_entry(ticks=lines, by=BY)
            try:
                if key is None:
                    answer = await self._ask(HAND_IN, [inbox], [self._limit, *entry])
                else:
                    keys = [self._names.requests(partition), inbox]
                    request = f"{key.digest} {key.began}"
                    answer = await self._ask(
                        HAND_IN_ONCE, keys, [request, LIFE, MAX_REQUESTS, self._limit, *entry]
                    )
                _raise_refusal(answer)
            except Problem as problem:
                if not taken:
                    raise
                raise Problem(
                    problem.status, f"{problem.detail}; {taken} of {checked.valid} ticks are taken", AGAIN
                ) from None
            taken += len(lines)

    async def _ask(self, script: str, keys: list[str], args: list[Any]) -> Any:
        try:
            return await self._broker.script(script, keys, args, self._replicas)
        except LinkError as error:
            raise _away(error) from error


def _away(error: LinkError) -> Problem:
    return Problem(503, f"nothing is taken now: {error.reason}", AGAIN)


def _raise_refusal(answer: list[Any]) -> None:
    """Raise Problem(503) for what hand_in.lua answers, if it has not taken the entry."""
    match answer:
        case [b"ok", *_]:
            return
        case [b"full", _, b"redis"]:
            raise Problem(503, "Redis is full", AGAIN)
        case [b"full", _, b"requests"]:
            raise Problem(503, "there are too many requests with an Idempotency-Key", AGAIN)
        case [b"full", size, why]:
            whose = "what came over HTTP fills its half of it" if why == b"producer" else "it is full"
            raise Problem(503, f"no room in the inbox: {whose}, with {size} bytes", AGAIN)
        case [b"wrong", key, kind]:
            raise Problem(503, f"another program has made {_text(key)} a {_text(kind)}", AGAIN)
    # An entry of checked lines keeps all bounds, unless a setting is too small for it.
    raise Problem(503, f"the inbox refuses the ticks: {_text(answer[-1])}", AGAIN)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
