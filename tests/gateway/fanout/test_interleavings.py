"""Many streams and whatever may happen to them, in any order: each reads exactly what it wants."""

import asyncio
import random

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tests.support.unpacking import unpacked
from tests.support.watchlist import WatchlistReader
from tickcast.gateway.fanout.member import State
from tickcast.gateway.feed.state import FeedState
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.selection import parse_entries, parse_selection
from tickcast.gateway.streams.heartbeat import Heartbeat

SYMBOLS = ("A", "AA", "AB", "B", "C")
ENTRIES = (*SYMBOLS, "A*", "*")
LISTS = ("A,B", "A,B", "A,B", "A*", "*", "C")
STEPS = {
    "tick": 35, "change": 15, "stick": 10, "release": 10, "slice": 12,
    "join": 4, "lose": 5, "empty": 2, "status": 3, "turn": 2, "beat": 2, "leave": 2, "settle": 2,
}  # fmt: skip
"""What may happen, and how often."""


class Client:
    """A stream, and what its client has asked for."""

    def __init__(self, market: Market, first: str, interval: int, bars: str, encoding: Encoding) -> None:
        self.first = first
        self.interval = interval
        self.bars = bars
        self.encoding = encoding
        self.wanted = parse_selection(first, 100)
        asked = key(first, interval, bars)._replace(framing=Framing(encoding=encoding))
        self.epoch = market.ring.epoch
        self.stream: MemorySubscriber = market.join(asked)

    def change(self, market: Market, add: list[str], drop: list[str]) -> None:
        """Ask for a change, if the stream is open."""
        stream = self.stream
        if stream.state is not State.CLOSED:
            self.wanted = self.wanted.changed(parse_entries(add), parse_entries(drop))
            key = (stream.wanted or stream.asked)._replace(selection=self.wanted)
            market.streams.change_key(stream, key)

    def check(self, market: Market) -> None:
        """Read all that came; at the end an open stream has the newest of all that it wants."""
        reader = WatchlistReader(self.first, self.interval == 0, self.epoch)
        reader.read(unpacked(self.encoding, self.stream))
        if self.stream.state is State.CLOSED:
            return
        assert self.stream.state is State.LIVE
        assert reader.selection == self.stream.asked.selection == self.wanted
        assert self.stream.group.key.selection == self.wanted.normal()
        assert reader.newest == {name: q for name, q in market.counts.items() if reader.wants(name)}
        if self.bars:
            newest = {(name.split()[0], "1s"): q for name, q in market.bar_counts.items()}
            assert reader.bars == {each: q for each, q in newest.items() if reader.wants(each[0])}


async def happen(step: str, market: Market, clients: list[Client], chance: random.Random) -> None:
    """Let one thing happen."""
    client = chance.choice(clients)
    match step:
        case "tick":
            names = chance.choices(SYMBOLS, k=chance.randrange(1, 5))
            market.tick(*names, bars=[f"{name}\t1s" for name in dict.fromkeys(names)])
        case "change":
            add, drop = (chance.sample(ENTRIES, chance.randrange(3)) for _ in range(2))
            client.change(market, add, drop)
        case "stick":
            client.stream.stuck = True
        case "release":
            client.stream.release()
        case "slice":
            # One slice of a round, or a few; what comes next comes between its slices.
            for _ in range(chance.randrange(1, 4)):
                await asyncio.sleep(0)
        case "join":
            first = chance.choice(LISTS)
            clients.append(Client(market, first, client.interval, client.bars, client.encoding))
        case "lose":
            market.lose("A", "B", bars=["A\t1s"], reason=chance.choice(["feed", "retention"]))
        case "empty":
            market.lose("A", "C", bars=["A\t1s"], emptied=True)
        case "status":
            market.hub.announce_status()
        case "turn":
            market.turn()
        case "beat":
            heartbeat = Heartbeat(market.streams, None, FeedState(1), 5000)  # type: ignore[arg-type]
            heartbeat._silence = 0.0  # every group counts as silent
            heartbeat.send()
        case "leave":
            client.stream.lost()
        case "settle":
            await market.settle()


@pytest.mark.parametrize("encoding", Encoding)
@pytest.mark.parametrize("seed", range(150))
async def test_everybody_reads_exactly_what_is_wanted(
    seed: int, encoding: Encoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    # A slice is one delivery, and few are many: so a short test has all that comes with size.
    monkeypatch.setattr("tickcast.runtime.slices.SLICE", -1.0)
    monkeypatch.setattr("tickcast.gateway.fanout.scheduler.LOOK", 1)
    monkeypatch.setattr("tickcast.gateway.fanout.scheduler.PIECE", 1000.0 if seed % 2 else -1.0)
    monkeypatch.setattr("tickcast.gateway.fanout.group.MIN_SHARERS", 2)
    monkeypatch.setattr("tickcast.gateway.streams.lifecycle.JOINERS", chance.choice([1, 2, 64]))
    monkeypatch.setattr("tickcast.gateway.streams.slow_consumer.CHASE", chance.choice([-1.0, 5.0, 5.0]))
    monkeypatch.setattr("tickcast.gateway.streams.send_queue.STREAMS_AT_ONCE", chance.choice([1, 64]))
    monkeypatch.setattr("tickcast.gateway.streams.lifecycle.PIECE", chance.choice([1, 60, 300, 65_536]))
    monkeypatch.setattr("tickcast.gateway.store.event_log.MAX_LOOKUP", chance.choice([1, 3, 512]))
    market = Market(chance.choice([1 << 30, 8000, 4000]))
    market.streams.slow.brief = chance.choice([-1.0, 1000.0])
    interval, bars = chance.choice([0, 0, 250]), chance.choice(["", "1s"])
    clients = [Client(market, first, interval, bars, encoding) for first in chance.choices(LISTS, k=8)]
    for step in chance.choices([*STEPS], [*STEPS.values()], k=chance.randrange(10, 80)):
        await happen(step, market, clients, chance)
    for client in clients:
        client.stream.release()
    for _ in range(3):
        for _ in range(20):
            await asyncio.sleep(0)
        await market.settle()
        market.turn()
        await market.settle()
    for client in clients:
        client.check(market)
        client.stream.lost()
    assert not market.hub.groups
    assert not market.streams.slow.full
    assert market.hub.index.is_empty
    market.hub.close()
