"""All attacks, each at its full strength; and none, to compare with."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from tests.hostile.attacks import asking, between, names, noise, pipelining, poison, slow, unread, wide, work
from tests.hostile.wire import get
from tests.hostile.world import DOORS

GIB = 1 << 30


Run = Callable[..., Coroutine[Any, Any, Counter[str]]]


class Attack(NamedTuple):
    """One attack."""

    what: str
    """In words, as docs/security.md has it."""
    run: Run
    """Attacks ports of 127.0.0.1, that of the world and those beside it; returns what it counted."""
    doors: tuple[str, ...] = DOORS
    world: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """Arguments of `running_world`."""
    poison: Callable[[str], Coroutine[Any, Any, Counter[str]]] | None = None
    """Attacks a Redis instead, as somebody with its password does."""


async def _pipeline_one(port: int) -> Counter[str]:
    return await pipelining.pipeline(port, 1, 20, rate=900_000)


async def _pipeline_many(port: int) -> Counter[str]:
    return await pipelining.pipeline(port, 50, 20, rate=900_000)


async def _behind_a_stream(port: int) -> Counter[str]:
    return Counter(sent=await pipelining.send_behind(port, get("/v1/stream"), 16 * GIB))


async def _behind_a_response(port: int) -> Counter[str]:
    request = get("/healthz", b"content-length: %d" % (16 * GIB))
    return Counter(sent=await pipelining.send_behind(port, request, 16 * GIB))


async def _names(port: int) -> Counter[str]:
    return await names.open_streams(port, 600, symbols=900, bars=900, seconds=20)


async def _unread(port: int) -> Counter[str]:
    return await unread.ask_and_never_read(port, 600, 45)


async def _prefixes(port: int) -> Counter[str]:
    return await asking.ask(port, lambda _: asking.prefixes(1000), 10, 20)


async def _few_prefixes(port: int) -> Counter[str]:
    return await asking.ask(port, lambda _: asking.prefixes(32), 10, 20)


async def _wide(port: int) -> Counter[str]:
    return await wide.read_wide_lists(port, 40, 50, 20)


async def _replays(port: int) -> Counter[str]:
    return await work.replay(port, 20, 30, behind=10)


async def _snapshots(port: int) -> Counter[str]:
    return await work.ask_for_much(port, 20, 30)


async def _greedy(*ports: int) -> Counter[str]:
    found = await asyncio.gather(*(work.ask_for_much(port, 1000, 30) for port in ports))
    return sum(found, Counter())


async def _slow(port: int) -> Counter[str]:
    return await slow.read_slowly(port, 300, 60)


async def _noise(port: int) -> Counter[str]:
    return await noise.make_noise(port, 100)


async def _forged_ids(port: int) -> Counter[str]:
    return await between.forge_ids(port, 20, 20)


async def _changes(port: int) -> Counter[str]:
    return await between.change_much(port, 20, 20)


async def _history(port: int) -> Counter[str]:
    return await work.ask_for_history(port, await work.symbols_of(port), 20, 30)


async def _hosts(port: int) -> Counter[str]:
    return await asking.ask(port, lambda _: "/v1/snapshot", 10, 10, b"host: evil.example")


async def _nothing(port: int) -> Counter[str]:
    return Counter()


async def _wait(port: int) -> Counter[str]:
    await asyncio.sleep(30)
    return Counter()


async def _fill_list(redis_url: str) -> Counter[str]:
    return await between.fill_list_for(redis_url, 200)


async def _rubbish(redis_url: str) -> Counter[str]:
    return await poison.write_rubbish(redis_url, 20)


ATTACKS = {
    "nobody": Attack("nobody attacks", _wait),
    "nobody-10000": Attack("nobody attacks, 10,000 symbols", _wait, world={"symbols": 10_000}),
    "nobody-fast": Attack("nobody attacks, 5,000 ticks/s", _wait, world={"symbols": 5000, "rate": 5000}),
    "pipelining": Attack("one connection sends 0.9 MB/s of requests at once, for 20 s", _pipeline_one),
    "pipelining-50": Attack("fifty such connections", _pipeline_many),
    "behind-a-stream": Attack("16 GiB behind the request of a stream", _behind_a_stream, ("direct",)),
    "behind-a-response": Attack("16 GiB of a body behind its response", _behind_a_response, ("direct",)),
    "names": Attack(
        "600 streams of 900 symbols and 900 of bars that nobody publishes, from one address", _names
    ),
    "unread": Attack("600 snapshots that nobody reads", _unread, world={"symbols": 5000, "rate": 5000}),
    "prefixes": Attack("snapshots of 1,000 prefixes, ten at a time", _prefixes, world={"symbols": 10_000}),
    "few-prefixes": Attack(
        "snapshots of 32 prefixes, ten at a time", _few_prefixes, world={"symbols": 10_000}
    ),
    "slow": Attack("300 snapshots read at 1 KB/s", _slow, world={"symbols": 5000, "rate": 5000}),
    "noise": Attack(
        "requests that are none, and ends in the middle of all others",
        _noise,
        world={"symbols": 3000, "rate": 3000},
    ),
    "wide": Attack(
        "40 streams at 50 ms that each match 10,000 symbols by a list of their own",
        _wide,
        world={"symbols": 10_000},
    ),
    "replays": Attack(
        "20 connections that resume every tick of 10 s, leave after 256 KiB, and come back",
        _replays,
        world={"rate": 5000, "ring_seconds": 15},
    ),
    "snapshots": Attack(
        "snapshots of 10,000 symbols that no two requests share, twenty at a time",
        _snapshots,
        world={"symbols": 10_000},
    ),
    "greedy": Attack(
        "2,000 clients of one address ask two gateways for ever other snapshots",
        _greedy,
        ("direct",),
        world={"gateways": 2},
    ),
    "forged-ids": Attack("changes of streams by forged ids, over 20 connections", _forged_ids),
    "changes": Attack("changes of one's own streams to all symbols and back, 20 at a time", _changes),
    "history": Attack(
        "the longest charts of ever other symbols, twenty at a time", _history, world={"symbols": 5000}
    ),
    "two-hosts": Attack("requests that name two hosts, ten at a time", _hosts),
    "fill-list": Attack(
        "20 MB a second into what gateways write, for 10 s", _nothing, ("direct",), poison=_fill_list
    ),
    "rubbish": Attack(
        "rubbish in every key of the feed, again and again for 20 s", _nothing, ("direct",), poison=_rubbish
    ),
}
