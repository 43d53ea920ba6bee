"""Keys of the feed in Redis: deleted one by one, of the wrong type, filled with rubbish."""

import random
from collections.abc import Callable
from contextlib import suppress

from tests.faults.referee.faults.redis import LOSS
from tests.faults.referee.faults.registry import Doing, enter
from tests.faults.referee.ledger import RUBBISH
from tests.faults.referee.resp import FAILURES, ask
from tests.faults.referee.world import FAST, World

Words = tuple[str | bytes | int, ...]

# Keys of a partition that readers need make a gap where they are lost; the others do not.
KEYS: dict[str, tuple[str, ...]] = {
    "meta": LOSS,
    "log": LOSS,
    "last": LOSS,
    "symbols": (),
    "bars": LOSS,
    "bar_list": LOSS,
    "lease": (),
    "fence": (),
    "gateways": (),
}
"""Kinds of keys, and the gaps that the loss of one may cause."""

WHOLE = ("lease", "fence", "gateways")
"""Keys of the whole feed, which stand in partition 0."""


def _key(name: str, world: World, chance: random.Random) -> str:
    partition = 0 if name in WHOLE else chance.randrange(world.shape.partitions)
    if name == "bar_list":
        name = f"bars:{chance.choice(FAST)}\t1s"
    return f"{{tickcast:main:{partition}}}:{name}"


async def _ask(world: World, *commands: Words) -> None:
    for words in commands:
        with suppress(*FAILURES):
            await ask(world.redis.port, *words)


def _deleted(name: str) -> Doing:
    async def do(world: World, seconds: float, chance: random.Random) -> None:
        await _ask(world, ("DEL", _key(name, world, chance)))

    do.__doc__ = f"DEL of a key: {name}."
    return do


def _mistyped(name: str) -> Doing:
    async def do(world: World, seconds: float, chance: random.Random) -> None:
        key = _key(name, world, chance)
        change: Words = ("SET", key, RUBBISH)
        if name in WHOLE:
            change = ("RPUSH", key, RUBBISH)
        await _ask(world, ("DEL", key), change)

    do.__doc__ = f"A key becomes one of another type: {name}."
    return do


def _rubbish(name: str, words: Callable[[str], Words]) -> Doing:
    async def do(world: World, seconds: float, chance: random.Random) -> None:
        await _ask(world, words(_key(name, world, chance)))

    do.__doc__ = f"Rubbish is written into {name}."
    return do


_FOREIGN_BATCH = b"9 000000000000 9-0 8-0 1 1 0\nF0\t{%b}\n" % RUBBISH
"""A batch of a version that does not exist."""

RUBBISHES: dict[str, tuple[str, tuple[str, ...], Callable[[str], Words]]] = {
    "log_entry": ("log", LOSS, lambda key: ("XADD", key, "*", "b", RUBBISH)),
    "log_field": ("log", LOSS, lambda key: ("XADD", key, "*", "x", RUBBISH)),
    "log_future": ("log", LOSS, lambda key: ("XADD", key, "9999999999999-0", "b", RUBBISH)),
    "live_text": ("live", (), lambda key: ("PUBLISH", key, RUBBISH)),
    "live_version": ("live", LOSS, lambda key: ("PUBLISH", key, _FOREIGN_BATCH)),
    "last_foreign": ("last", LOSS, lambda key: ("HSET", key, "ZZZ", RUBBISH)),
    "last_own": ("last", LOSS, lambda key: ("HSET", key, "F0", RUBBISH)),
    "bars_own": ("bars", LOSS, lambda key: ("HSET", key, "F0\t1s", RUBBISH)),
    "symbols_own": ("symbols", (), lambda key: ("HSET", key, "F0", RUBBISH)),
    "meta_epoch": ("meta", LOSS, lambda key: ("HSET", key, "epoch", RUBBISH)),
    "meta_id": ("meta", LOSS, lambda key: ("HSET", key, "id", RUBBISH)),
    "meta_sent": ("meta", (), lambda key: ("HSET", key, "sent", RUBBISH)),
    "meta_fence": ("meta", LOSS, lambda key: ("HSET", key, "fence", "9007199254740993000")),
    "meta_fence_text": ("meta", LOSS, lambda key: ("HSET", key, "fence", RUBBISH)),
    "fence_huge": ("fence", LOSS, lambda key: ("SET", key, "9007199254740993000")),
    "fence_text": ("fence", LOSS, lambda key: ("SET", key, RUBBISH)),
    "lease_without_end": ("lease", LOSS, lambda key: ("SET", key, "somebody")),
    "gateways_member": ("gateways", (), lambda key: ("HSET", key, "somebody", RUBBISH)),
}
"""By name: the key that gets it, the gaps that may follow, and the command."""


def _enter() -> None:
    for name, gaps in KEYS.items():
        enter(_deleted(name), "redis", *gaps, name=f"key_deleted_{name}", lasts=1, kind="keys_deleted")
        enter(_mistyped(name), "redis", *gaps, name=f"key_mistyped_{name}", lasts=1, kind="keys_mistyped")
    for name, (key, gaps, words) in RUBBISHES.items():
        enter(_rubbish(key, words), "redis", *gaps, name=f"rubbish_{name}", lasts=1, kind="rubbish")


_enter()
