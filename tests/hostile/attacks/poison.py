"""Rubbish in every key of a feed, as another program with a password of Redis may write it."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis
from redis.exceptions import ResponseError

from tickcast.wire.names import MAIN as names

Poison = Callable[[Any], Any]

LONG = b"x" * 2_000_000


def _hash(key: str, field: str | bytes, value: str | bytes) -> Poison:
    return lambda redis: redis.hset(key, field, value)


def _entry(key: str, entry_id: str, field: str = "b", value: bytes = b"rubbish") -> Poison:
    return lambda redis: redis.xadd(key, {field: value}, id=entry_id)


def _forged(line: bytes) -> Poison:
    """Publish a batch that follows nothing."""

    def publish(redis: Any) -> None:
        now = int(time.time() * 1000)
        head = b"2 0123456789abcdef %d-0 %d-0 %d 1 0 0\n" % (now, now - 1, now * 1000)
        redis.publish(names.live(0), head + line + b"\n")

    return publish


def _token(redis: Any) -> None:
    redis.hset(names.meta(0), "fence", int(time.time() * 1000) + 1_800_000)


def _huge_number(redis: Any) -> None:
    for _ in range(100):
        # While this is sent, the publisher may have written in the millisecond after.
        with suppress(ResponseError):
            redis.xadd(names.log(0), {"b": b"rubbish"}, id=f"{int(time.time() * 1000)}-18446744073709551614")
            return
    raise AssertionError("the publisher was always faster")


POISONS: dict[str, Poison] = {
    "rubbish on the live channel": lambda redis: redis.publish(names.live(0), LONG),
    "a forged batch": _forged(b'A\t{"S":"A","q":1,"t":1,"p":1}'),
    "a forged batch without JSON": _forged(b'A\t{"S":"A",oops}'),
    "an entry of the log": _entry(names.log(0), "*"),
    "a long entry of the log": _entry(names.log(0), "*", value=LONG),
    "an entry of the log with another field": _entry(names.log(0), "*", "other"),
    "an entry of the log with a huge number": _huge_number,
    "a last value that is no JSON": _hash(names.last(0), "ZZZ", '{"S":"ZZZ",oops}'),
    "a last value with a huge q": _hash(names.last(0), "ZZ", '{"S":"ZZ","q":99999999999999999,"t":1,"p":1}'),
    "a price beyond all numbers": _hash(names.last(0), "ZY", '{"S":"ZY","q":1,"t":1,"p":1e400}'),
    "a last value of 2 MB": _hash(names.last(0), "ZX", LONG),
    "a last value with a name of 2 MB": _hash(names.last(0), LONG, "x"),
    "an instrument that is none": _hash(names.symbols(0), "ZZZ", "rubbish"),
    "an instrument of 2 MB": _hash(names.symbols(0), "ZX", LONG),
    "a bar that is none": _hash(names.bars(0), "ZZZ\t1s", '{"S":"ZZZ","i":"1s",oops}'),
    "a bar of 2 MB": _hash(names.bars(0), "ZX\t1s", LONG),
    "a fencing token": _token,
    "a time of sending": _hash(names.meta(0), "sent", "9" * 16),
    "a batch number": _hash(names.meta(0), "n", "rubbish"),
    "an entry of the inbox": _entry(names.inbox(0), "*"),
    "an order": _entry(names.orders(0), "*"),
    "rejects": lambda redis: redis.lpush(names.rejects(0), LONG),
    "a gateway": _hash(names.gateways(), "rubbish", LONG),
    "a publisher": _hash(names.publishers(), "rubbish", LONG),
    "a producer": _hash(names.producers(0), "rubbish", LONG),
}
"""What must harm nobody: no tick is lost with it."""

OF_META: dict[str, Poison] = {
    "an epoch": _hash(names.meta(0), "epoch", "rubbish"),
    "an epoch of 2 MB": _hash(names.meta(0), "epoch", LONG),
    "an id": _hash(names.meta(0), "id", "99999999999999999999-9"),
    "an id of the future": _hash(names.meta(0), "id", "9000000000000-0"),
    "a huge token": _hash(names.meta(0), "fence", str(9 * 10**18)),
}
"""What leaves unknown how far the log goes: the publisher begins a new epoch, and clients are told a gap."""


async def write_rubbish(redis_url: str, seconds: float) -> Counter[str]:
    """Write all of POISONS, again and again for so long."""
    counts, until = Counter[str](), time.monotonic() + seconds
    with redis.Redis.from_url(redis_url) as client:
        while time.monotonic() < until:
            for write in POISONS.values():
                # Of an id there is one entry alone.
                with suppress(redis.ResponseError):
                    write(client)
                counts["writes"] += 1
            await asyncio.sleep(0.2)
    return counts
