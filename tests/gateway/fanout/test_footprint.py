"""What a group takes of memory, as estimated and as allocated."""

import gc
import tracemalloc

import pytest

from tests.support.market import Market
from tickcast.gateway.fanout.footprint import group_bytes, named_bytes, own_bytes
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import BarSelection, parse_selection

SYMBOLS = [f"S{number:04}" for number in range(500)]
GROUPS = 40


def some(first: int, count: int, sign: str = "U") -> str:
    """Return a list of names that nobody publishes."""
    return ",".join(f"{sign}{first * count + number:06}" for number in range(count))


def known(first: int, count: int) -> str:
    """Return a list of names that somebody publishes."""
    return ",".join(SYMBOLS[(first + number) % len(SYMBOLS)] for number in range(count))


def asked(symbols: str, interval: int = 0, bars: tuple[str, ...] = (), of: str | None = None) -> GroupKey:
    """Return what a client asks for; each call parses it, as a request does."""
    selected = None if of is None else parse_selection(of, 2000)
    return GroupKey(parse_selection(symbols, 2000), interval, bars=BarSelection(bars, selected))


@pytest.mark.parametrize(
    "make",
    [
        lambda i: asked(some(i, 1)),
        lambda i: asked(some(i, 100)),
        lambda i: asked(known(i, 20)),
        lambda i: asked(known(i, 400)),
        lambda i: asked(known(i, 400), 250),
        lambda i: asked(some(i, 100), bars=("1s", "1m")),
        lambda i: asked(known(i, 1), bars=("1s",), of=some(i, 100)),
        lambda i: asked(known(i, 1), 1000, ("1s",), some(i, 100)),
        lambda i: asked(",".join(f"{each}*" for each in some(i, 30, "P").split(","))),
        lambda i: asked("*")._replace(heartbeat=i + 1),
    ],
    ids=["one", "unknown", "known", "wide", "wide, conflated", "bars", "bars of unknown",
         "bars of unknown, conflated", "prefixes", "all"],
)  # fmt: skip
async def test_the_estimate_is_near_what_is_allocated(market: Market, make) -> None:
    market.tick(*SYMBOLS)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        groups = [market.hub.join(make(number)) for number in range(GROUPS)]
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    estimated = sum(group_bytes(group, group.awaited) for group in groups)
    assert 0.6 < estimated / taken < 1.6
    assert market.hub.bytes.used == estimated
    for group in groups:
        # What is known before the group is made leaves out what prefixes match alone.
        assert named_bytes(group.key, group.awaited) <= group_bytes(group, group.awaited)
        market.hub.release(group)
    assert market.hub.bytes.used == 0


@pytest.mark.parametrize(
    ("lists", "allowed", "own"),
    [
        # The rights are another object, the list is not.
        (lambda i: known(0, 400), lambda i: "S*", 0),
        # A part of it may be read: the group has that, the stream what it asked for.
        (lambda i: known(0, 400), lambda i: f"S00{i:02}", 400),
    ],
    ids=["all allowed", "cut"],
)
async def test_what_a_stream_holds_of_its_own_is_near_what_is_allocated(
    market: Market, lists, allowed, own: int
) -> None:
    market.tick(*SYMBOLS)
    rights = [parse_selection(allowed(number), 2000) for number in range(GROUPS)]
    groups = [
        market.hub.join(asked(lists(number))._replace(allowed=rights[number])) for number in range(GROUPS)
    ]
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [
            asked(lists(number))._replace(allowed=rights[number]).sharing(group.key)
            for number, group in enumerate(groups)
        ]
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    estimated = sum(own_bytes(each, group.key) for each, group in zip(kept, groups, strict=True))
    assert 0.6 < estimated / taken < 1.6
    assert sum(
        len(each.selection.names) for each in kept if each.selection is not groups[0].key.selection
    ) == (own * GROUPS)
