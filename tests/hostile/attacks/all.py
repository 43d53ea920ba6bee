"""All attacks, each at its full strength."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from tests.hostile.attacks import asking, names, pipelining, unread, wide
from tests.hostile.wire import get
from tests.hostile.world import DOORS

GIB = 1 << 30


class Attack(NamedTuple):
    """One attack."""

    what: str
    """In words, as docs/security.md has it."""
    run: Callable[[int], Awaitable[Counter[str]]]
    """Attacks a port of 127.0.0.1; returns what it counted."""
    doors: tuple[str, ...] = DOORS
    world: dict[str, Any] = {}  # noqa: RUF012 - never changed
    """Arguments of `running_world`."""


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


ATTACKS = {
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
    "wide": Attack(
        "40 streams at 50 ms that each match 10,000 symbols by a list of their own",
        _wide,
        world={"symbols": 10_000},
    ),
}
