"""The hub's promise: whatever happens, everyone ends with the newest and knows of every gap."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.store.sorted_names import SortedNames

BARS = ["A\t1s", "A\t1m", "B\t1s", "C\t1s", "BB\t1s"]
WANTED = [
    ("*", 0),
    ("A,B", 0),
    ("B*", 0, "1s"),
    ("*", 0, "1s,1m"),
    ("C", 0, "1s", "A,B"),
    ("A,C", 250),
    ("*", 250, "1s,1m"),
    ("A", 250, "1s", "B*,C"),
]
operations = st.one_of(
    st.tuples(st.just("tick"), st.lists(st.sampled_from("ABCD"), min_size=1, max_size=4)),
    st.tuples(st.just("bars"), st.lists(st.sampled_from(BARS), min_size=1, max_size=4)),
    st.tuples(st.just("join"), st.sampled_from(WANTED)),
    st.tuples(st.just("stick"), st.integers(0, 5)),
    st.tuples(st.just("release"), st.integers(0, 5)),
    st.tuples(st.just("leave"), st.integers(0, 5)),
    st.tuples(
        st.sampled_from(["lose", "lose retention", "empty"]), st.lists(st.sampled_from("ABCD"), max_size=3)
    ),
    st.tuples(st.sampled_from(["turn", "settle", "step", "status"]), st.none()),
)


class Witness:
    """Checks the promise for one subscriber from nothing but its events."""

    def __init__(self, subscriber: MemorySubscriber, market: Market, exact: bool) -> None:
        self.subscriber = subscriber
        self._market = market
        self._exact = exact
        self._told = market.hub.status_number
        self._epoch = market.ring.epoch
        # The first bars that it is sent are the newest of then.
        self._bars = {bar: q - 1 for bar, q in self._wanted_bars().items()}

    def _wanted_bars(self) -> dict[str, int]:
        known = self.subscriber.group.key.bar_keys(SortedNames(map(str.encode, self._market.bar_counts)))
        return {bar: q for bar, q in self._market.bar_counts.items() if bar.encode() in known}

    def check(self) -> None:
        newest: dict[str, int] = {}
        gapped, told = set(), self._told
        bars, gapped_bars, epoch = self._bars, set[str](), self._epoch
        for event in self.subscriber.events():
            data = json.loads(event.data)
            if event.type == b"status":
                assert data["n"] > told
                told = data["n"]
            elif event.type == b"gap":
                gapped, gapped_bars = set("ABCD"), set(BARS)
                if data["epoch"] != epoch:
                    epoch, newest, bars = data["epoch"], {}, {}
            elif event.type == b"snapshot":
                for tick in data:
                    assert tick["q"] >= newest.get(tick["S"], 0)
                    assert tick["q"] == newest.get(tick["S"], tick["q"]) or tick["S"] in gapped
                    newest[tick["S"]] = tick["q"]
            elif event.type == b"bar":
                bar = f"{data['S']}\t{data['i']}"
                before = bars.get(bar, 0)
                assert data["q"] == before + 1 or (data["q"] > before and bar in gapped_bars)
                gapped_bars.discard(bar)
                bars[bar] = data["q"]
            else:
                before = newest.get(data["S"], 0)
                assert data["q"] > before
                assert data["q"] == before + 1 or not self._exact or data["S"] in gapped
                gapped.discard(data["S"])
                newest[data["S"]] = data["q"]
        assert told == self._market.hub.status_number
        selection = self.subscriber.group.key.selection
        wanted = {symbol: q for symbol, q in self._market.counts.items() if selection.has(symbol.encode())}
        assert newest == wanted
        assert bars == self._wanted_bars()


# Long enough that most runs have some stand in each other's way.
@given(st.lists(operations, min_size=25, max_size=60), st.sampled_from([1 << 30, 4000]))
@settings(max_examples=200, deadline=None)
def test_whatever_happens_everyone_ends_with_the_newest_and_knows_of_every_gap(
    steps: list[tuple[str, object]], ring_bytes: int
) -> None:
    asyncio.run(_live_through(steps, ring_bytes))


async def _live_through(steps: list[tuple[str, object]], ring_bytes: int) -> None:
    market, there = Market(ring_bytes), list[Witness]()
    for name, what in steps:
        if name == "tick":
            market.tick(*what)  # type: ignore[misc]
        elif name == "bars":
            market.tick(bars=what)  # type: ignore[arg-type]
        elif name in ("lose", "lose retention", "empty"):
            reason = "retention" if name == "lose retention" else "feed"
            bars = BARS[: len(what)]  # type: ignore[arg-type]
            market.lose(*what, bars=bars, reason=reason, emptied=name == "empty")  # type: ignore[misc]
        elif name == "join":
            wanted = key(*what)  # type: ignore[misc]
            there.append(Witness(market.join(wanted), market, wanted.interval == 0))
        elif name == "turn":
            market.turn()
        elif name == "status":
            market.hub.announce_status()
        elif name == "settle":
            await market.settle()
        elif name == "step":
            await asyncio.sleep(0)
        elif there:
            witness = there[what % len(there)]  # type: ignore[operator]
            if name == "stick":
                witness.subscriber.stuck = True
            elif name == "release":
                witness.subscriber.release()
            else:
                witness.subscriber.lost()
                there.remove(witness)
    for _ in range(3):
        for witness in there:
            witness.subscriber.release()
        market.turn()
        await market.settle()
    for witness in there:
        witness.check()
    market.hub.close()
