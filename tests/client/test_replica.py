"""What each event means for those before it: beside the checks of `tickcast verify`, and bounds."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickcast.cli.verify.stream_check import StreamCheck
from tickcast.client import order, replica
from tickcast.client.events import Gap, Retired, State, Tick
from tickcast.client.replica import Replica
from tickcast.client.sse import Event

HELLO = {"t": 1, "interval": 0, "feed": "live"}


def event(kind: str, data: Any, cursor: str = "") -> Event:
    return Event(kind.encode(), json.dumps(data, separators=(",", ":")).encode(), cursor.encode())


def tick(symbol: str, q: int) -> dict[str, Any]:
    return {"S": symbol, "q": q, "t": 1, "p": 1.5}


class Stream:
    """A replica, and all that it delivers."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.replica = Replica(Decimal, self.given.append)

    def take(self, *events: Event) -> list[Any]:
        """Take events, and return what they bring."""
        before = len(self.given)
        for each in events:
            self.replica.take(each)
        return self.given[before:]


def steps() -> Any:
    """Return a strategy of what a gateway may send, right or wrong, as (what, number)."""
    what = [
        "next",
        "next",
        "next",
        "skip",
        "again",
        "late",
        "gap",
        "feed",
        "reset",
        "epoch",
        "retired",
        "resumed",
    ]
    return st.lists(st.tuples(st.sampled_from(what), st.sampled_from(["A", "B"])), max_size=30)


def scripted(drawn: list[tuple[str, str]]) -> list[Event]:
    """Return the events of such steps; each announced loss is followed by its snapshot."""
    epoch, counts = 1, {"A": 5, "B": 5}
    made = [event("hello", HELLO | {"resumed": "new", "epoch": f"{epoch:012x}"})]
    snapshot = [event("snapshot", [tick("A", 5), tick("B", 5)], "c0")]
    made += snapshot
    for number, (what, symbol) in enumerate(drawn):
        cursor = f"c{number + 1}"
        whole = what in ("reset", "epoch")
        if what in ("next", "skip"):
            counts[symbol] += 1 if what == "next" else 3
            made.append(event("tick", tick(symbol, counts[symbol]), cursor))
        elif what in ("again", "late"):
            q = counts[symbol] - (what == "late")
            made.append(event("tick", tick(symbol, q), cursor))
        elif what == "retired":
            counts[symbol] = 1
            made.append(event("retired", {"S": [symbol], "reason": "idle"}, cursor))
            made.append(event("tick", tick(symbol, 1), f"{cursor}b"))
        elif what == "resumed":
            made.append(event("hello", HELLO | {"resumed": "live", "epoch": f"{epoch:012x}"}, f"c{number}"))
        else:
            epoch += what == "epoch"
            counts[symbol] = (
                1 if what == "epoch" else counts[symbol] + (-2 if what in ("feed", "reset") else 4)
            )
            counts[symbol] = max(1, counts[symbol])
            name = {"gap": "slow", "epoch": "feed"}.get(what, what)
            told = {"reason": name, "from": "x", "to": "y", "epoch": f"{epoch:012x}"}
            again = HELLO | {"resumed": "reset", "epoch": f"{epoch:012x}"}
            made.append(event("hello", again, f"c{number}") if what == "reset" else event("gap", told))
            named = [tick(each, counts[each]) for each in ("A", "B") if whole or each == symbol]
            made.append(event("snapshot", named, cursor))
    return made


@given(steps())
def test_it_comes_to_the_verdict_of_verify_on_the_same_events(drawn: list[tuple[str, str]]) -> None:
    stream, check = Stream(), StreamCheck(0)
    for each in scripted(drawn):
        stream.replica.take(each)
        check.on_event(each)
    found, ours = check.findings, stream.replica
    assert ours.malformed == found.malformed == 0
    # A late tick is a hole first and late then: verify takes the hole back, and follow cannot.
    assert (ours.gaps["hole"] + ours.order.repeated > 0) == (found.faults > 0)
    if not found.out_of_order:
        assert (ours.order.lost, ours.order.repeated) == (found.lost, found.repeated)
        assert ours.order.told == found.told


@given(steps())
def test_whatever_comes_a_table_of_ticks_and_retired_is_that_of_the_gateway(
    drawn: list[tuple[str, str]],
) -> None:
    drawn = [step for step in drawn if step[0] not in ("again", "late")]
    stream, table, truth = Stream(), dict[str, int](), dict[str, int]()
    for each in scripted(drawn):
        body = json.loads(each.data)
        if each.type == b"snapshot":
            truth.update((one["S"], one["q"]) for one in body)
        elif each.type == b"tick":
            truth[body["S"]] = body["q"]
        for given_ in stream.take(each):
            if isinstance(given_, Tick):
                table[given_.symbol] = given_.q
            elif isinstance(given_, Retired):
                for symbol in given_.symbols:
                    table.pop(symbol, None)
        if each.type == b"retired":
            truth.pop(body["S"][0], None)
    assert table == truth


def opened() -> Stream:
    stream = Stream()
    stream.replica.opening(["*"], False, ["*"])
    stream.take(
        event("hello", HELLO | {"resumed": "new", "epoch": "0a"}), event("snapshot", [tick("A", 1)], "c1")
    )
    return stream


def test_more_symbols_than_a_feed_can_have_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MAX_SYMBOLS", 2)
    monkeypatch.setattr(replica, "MAX_SYMBOLS", 1)
    stream = opened()
    stream.take(
        event("ticks", [tick("B", 1)]), event("ticks", [tick("C", 1)]), event("ticks", [tick("A", 2)])
    )
    assert stream.replica.order.symbols() == ["A", "B"]
    halted = [event("state", {"S": symbol, "state": "halted"}) for symbol in "AB"]
    assert stream.take(*halted) == [State("A", "halted", None)]
    assert stream.replica.malformed == 2


def test_reasons_that_nobody_knows_are_counted_together() -> None:
    stream = opened()
    stream.take(*(event("gap", {"reason": f"{number:03}" + "x" * 200}) for number in range(100)))
    assert len(stream.replica.gaps) == 21
    assert stream.replica.gaps["other"] == 80
    assert all(len(each.reason) <= 100 for each in stream.given if isinstance(each, Gap))


def test_a_stream_that_brought_nothing_has_no_gap_when_it_begins_anew() -> None:
    stream = Stream()
    hello = event("hello", HELLO | {"resumed": "new", "epoch": "0a"})
    assert not any(isinstance(each, Gap) for each in stream.take(hello, hello))
