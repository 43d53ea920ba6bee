"""Wherever a client is cut, it holds in the end what the gateway holds, and nothing that has left."""

import asyncio
import json
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.market import Market, MemorySubscriber, key
from tickcast.client.sse import Event
from tickcast.gateway.fanout.group import Group
from tickcast.gateway.protocol.request import GroupKey, StreamRequest
from tickcast.gateway.store.sorted_names import SortedNames
from tickcast.wire.notice import Retired


class Client:
    """A client that believes what it is sent, and is cut again and again."""

    def __init__(self, wanted: GroupKey, markets: list[Market]) -> None:
        self.held: dict[str, int] = {}
        self.bars: dict[str, int] = {}
        self._wanted = wanted
        self._gateways = [market.resume() for market in markets]
        self._cursor = ""
        self._read = 0
        self._visit(0)

    def _visit(self, gateway: int) -> None:
        self._read = 0
        self._now = MemorySubscriber()
        self._gateways[gateway].open(self._now, StreamRequest(self._wanted, True, self._cursor))

    def read(self, unread: int = 0) -> None:
        """Take in all but the last `unread` events."""
        events = self._now.events()
        for event in events[self._read : len(events) - unread]:
            self._take(event)
        self._read = max(self._read, len(events) - unread)

    def cut(self, unread: int, gateway: int) -> None:
        """Lose the newest events, and come back."""
        self.read(unread)
        self._now.lost()
        self._visit(gateway)

    def _take(self, event: Event) -> None:
        name, data = event.type, json.loads(event.data)
        if name == b"hello" and (data["resumed"] in ("new", "reset")):
            self.held.clear()
            self.bars.clear()
        for tick in data if name == b"snapshot" else [data] if name == b"tick" else []:
            # One that comes twice must be recognised by its q alone.
            if name == b"tick" and self._wanted.interval == 0:
                assert tick["q"] == self.held.get(tick["S"], 0) + 1, (tick, self.held)
            if tick["q"] > self.held.get(tick["S"], 0):
                self.held[tick["S"]] = tick["q"]
        if name == b"bar":
            self.bars[f"{data['S']}\t{data['i']}"] = data["q"]
        if name == b"retired":
            for symbol in data["S"]:
                self.held.pop(symbol, None)
                self.bars.pop(f"{symbol}\t1s", None)
        if event.id:
            self._cursor = event.id.decode()


WANTED = [
    key("*", 0, "1s"),
    key("A,B"),
    key("A*,AB,B*"),
    key("A*,B", 0, "1s"),
    key("*", 250, "1s"),
    key("A,B", 250, "1s"),
]


steps = st.one_of(
    st.tuples(
        st.just("batch"), st.lists(st.sampled_from("ABC"), max_size=3), st.sampled_from(["", "A", "BC"])
    ),
    st.tuples(st.just("tick"), st.lists(st.sampled_from("AB"), min_size=1, max_size=3), st.just("")),
    st.tuples(st.sampled_from(["turn", "read", "forget"]), st.just([]), st.just("")),
    st.tuples(st.just("cut"), st.lists(st.just("x"), max_size=4), st.sampled_from(["", "x"])),
)


@given(st.lists(steps, max_size=30), st.sampled_from(WANTED))
@example(
    [
        ("batch", ["A", "B"], ""),
        ("turn", [], ""),
        ("read", [], ""),
        ("batch", ["A"], "A"),
        ("tick", ["A"], ""),
        ("cut", [], ""),
    ],
    key("*", 250, "1s"),
)
@settings(max_examples=60, deadline=None)
def test_wherever_it_is_cut_a_client_ends_with_what_the_gateway_holds(
    taken: list[tuple[str, list[str], str]], wanted: GroupKey
) -> None:
    async def run() -> None:
        markets = [Market(), Market()]
        client = Client(wanted, markets)
        for what, some, more in taken:
            for market in markets:
                if what in ("batch", "tick"):
                    # A symbol that returns need not have a bar at once.
                    bars = [f"{symbol}\t1s" for symbol in dict.fromkeys(some) if what == "batch"]
                    market.tick(*some, bars=bars, notices=[Retired(symbol, "idle") for symbol in more])
                elif what == "turn":
                    market.turn()
                elif what == "forget":
                    market.hub.forget_retired()
                await market.settle()
                for group in market.hub.groups.values():
                    assert market.hub.count_symbols(group) == counted(market, group)
            if what == "cut":
                client.cut(len(some), len(more))
            elif what == "read":
                client.read()
        for market in markets:
            market.turn()
            await market.settle()
        client.read()
        held = {symbol.decode(): q for symbol, q in values(markets[0].last) if wanted.selection.has(symbol)}
        assert client.held == held
        bars = markets[0].hub.bars
        known = {bar.decode(): q for bar, q in values(bars) if bar in wanted.bar_keys(SortedNames(bars))}
        assert client.bars == known
        for market in markets:
            market.hub.close()

    asyncio.run(run())


def counted(market: Market, group: Group) -> int:
    """Return how many symbols a group has, by a look at each."""
    names = {*group.key.selection.names}
    return sum(symbol in market.last or symbol in names for symbol in group.symbols)


def values(last: Any) -> list[tuple[bytes, int]]:
    """Return the `q` of each symbol."""
    return [(symbol, cast("int", json.loads(last.get(symbol))["q"])) for symbol in last]
