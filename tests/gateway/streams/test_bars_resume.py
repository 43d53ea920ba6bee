"""Wherever a stream with bars is cut, it comes back with every bar event once and in order."""

import asyncio
import json
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.market import Market, MemorySubscriber, key
from tickcast.client.sse import Event
from tickcast.gateway.protocol.request import GroupKey, StreamRequest
from tickcast.gateway.store.sorted_names import SortedNames

BARS = ["A\t1s", "A\t1m", "B\t1s", "C\t1s"]

WANTED = [
    key("*", 0, "1s,1m"),
    key("A", 0, "1s", "B,C"),
    key("A,B", 250, "1s,1m"),
    key("*", 250, "1s"),
    key("C", 250, "1s", "A*,B"),
]

batches = st.tuples(
    st.just("batch"),
    st.tuples(st.lists(st.sampled_from("ABC"), max_size=3), st.lists(st.sampled_from(BARS), max_size=4)),
)
steps = st.one_of(
    batches,
    batches,
    st.tuples(st.sampled_from(["settle", "turn"]), st.none()),
    st.tuples(st.just("cut"), st.integers(0, 6)),
)


class Traveller:
    """A client that is cut again and again, and returns to one gateway or the other."""

    def __init__(self, wanted: GroupKey, markets: list[Market]) -> None:
        self.seen: list[Event] = []
        self._wish = StreamRequest(wanted, True, "")
        self._markets = markets
        self._gateways = [market.resume() for market in markets]
        self._now = MemorySubscriber()
        self._visit(0)

    def _visit(self, gateway: int) -> None:
        cursor = next((event.id.decode() for event in reversed(self.seen) if event.id), "")
        self._now = MemorySubscriber()
        self._gateways[gateway].open(self._now, self._wish._replace(last_event_id=cursor))

    def cut(self, unread: int) -> None:
        """Lose the newest events of the connection, and come back with what there was before."""
        events = self._now.events()
        # A first connection that ends before it has a cursor has told nothing to rely on.
        least = 0 if self.seen else next(at for at, event in enumerate(events, 1) if event.id)
        self.seen += events[: max(least, len(events) - unread)]
        self._now.lost()
        self._visit(unread % len(self._markets))

    def end(self) -> None:
        """Read to the end."""
        self.seen += self._now.events()
        self._now.lost()

    def check(self) -> None:
        """Be sure that every bar came once and in order, and at interval 0 every tick."""
        newest: dict[str, int] = {}
        for event in self.seen:
            data = json.loads(event.data)
            assert event.type != b"gap"
            if event.type == b"hello":
                assert data["resumed"] != "reset"
            elif event.type == b"bar" or (event.type == b"tick" and self._wish.key.interval == 0):
                name = f"{data['S']}\t{data['i']}" if event.type == b"bar" else data["S"]
                assert data["q"] == newest.get(name, data["q"] - 1) + 1
                newest[name] = data["q"]
        known = self._markets[0].bar_counts
        wanted = self._wish.key.bar_keys(SortedNames(map(str.encode, known)))
        assert {bar: q for bar, q in newest.items() if bar in BARS} == {
            bar: q for bar, q in known.items() if bar.encode() in wanted
        }


@given(st.sampled_from(WANTED), st.lists(steps, min_size=10, max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_cut_and_return_gives_every_bar_once_and_in_order(
    wanted: GroupKey, done: list[tuple[str, object]]
) -> None:
    asyncio.run(_travel(wanted, done))


async def _travel(wanted: GroupKey, done: list[tuple[str, object]]) -> None:
    markets = [Market(), Market()]
    for market in markets:
        market.tick("A", bars=["A\t1s", "B\t1s"])
    client = Traveller(wanted, markets)
    for name, what in [*done, ("settle", None), ("turn", None), ("settle", None)]:
        for market in markets:
            if name == "batch":
                symbols, bars = cast(tuple[list[str], list[str]], what)
                market.tick(*(symbols if bars or symbols else "A"), bars=bars)
            elif name == "turn":
                market.turn()
            elif name == "settle":
                await market.settle()
        if name == "cut":
            client.cut(what)  # type: ignore[arg-type]
    client.end()
    client.check()
    for market in markets:
        market.hub.close()
