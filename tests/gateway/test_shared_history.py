"""Compressed frames that refer to earlier ones: every member reads them, whatever it went through."""

import json
import random

import pytest

from tests.support.market import Market, MemorySubscriber
from tests.support.unpacking import unpacked
from tickcast.gateway.fanout.group import MIN_SHARERS
from tickcast.gateway.fanout.member import State
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.request import GroupKey
from tickcast.gateway.protocol.selection import parse_selection

PACKED = [Encoding.GZIP, Encoding.ZSTD]


def key(encoding: Encoding, interval: int = 0) -> GroupKey:
    return GroupKey(parse_selection("A,B", 100), interval, Framing(encoding=encoding))


def read(encoding: Encoding, subscriber: MemorySubscriber) -> list[tuple[str, int]]:
    """Return (symbol, q) of every tick that it got, unpacked as a client does."""
    return [
        (tick["S"], tick["q"])
        for event in unpacked(encoding, subscriber)
        if event.type in (b"tick", b"snapshot")
        for tick in (json.loads(event.data) if event.type == b"snapshot" else [json.loads(event.data)])
    ]


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("interval", [0, 250])
async def test_all_read_on_while_others_come_go_and_fall_behind(
    market: Market, encoding: Encoding, interval: int
) -> None:
    wanted, rng = key(encoding, interval), random.Random(4)
    members = [market.join(wanted) for _ in range(MIN_SHARERS)]
    for turn in range(60):
        market.tick("A", "B", *rng.choices("AB", k=turn % 3))
        if turn % 7 == 3:
            members.append(market.join(wanted))
        if turn % 5 == 1:
            rng.choice(members).stuck = True
        if turn % 11 == 4:
            left = members.pop(rng.randrange(len(members)))
            read(encoding, left)
            left.lost()
        market.turn()
        await market.settle()
        if turn % 5 == 4:
            for member in members:
                member.release()
    for member in members:
        member.release()
    market.tick("A", "B")
    market.turn()
    await market.settle()
    for member in members:
        assert member.state is State.LIVE
        newest = dict(read(encoding, member))
        assert newest == market.counts


@pytest.mark.parametrize("encoding", PACKED)
async def test_frames_shrink_where_many_share_them_and_not_where_few_would_pay_for_the_memory(
    market: Market, encoding: Encoding
) -> None:
    members = [market.join(key(encoding)) for _ in range(MIN_SHARERS - 1)]
    for _ in range(3):
        market.tick("A", "B")
        await market.settle()
    alone = len(members[0].frames[-1])
    assert members[0].group.history is None
    members.append(market.join(key(encoding)))
    for _ in range(3):
        market.tick("A", "B")
        await market.settle()
    assert len(members[0].frames[-1]) < alone / 2
    members.pop().lost()
    market.tick("A", "B")
    await market.settle()
    assert members[0].group.history is None
    assert dict(read(encoding, members[0])) == market.counts
