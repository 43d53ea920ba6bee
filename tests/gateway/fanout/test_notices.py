"""What was said of symbols: kept while a stream can lack it, and no longer; looked at once for a turn."""

import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from tests.support.market import Market, MemorySubscriber, key
from tickcast.gateway.fanout.member import State
from tickcast.gateway.fanout.notices import Notices
from tickcast.gateway.feed.validation import BatchValidator
from tickcast.gateway.streams.old_notices import forget_notices
from tickcast.wire import notice
from tickcast.wire.notice import Retired, SymbolState

GONE = Retired("A", "producer")


def left(stream: MemorySubscriber) -> list[str]:
    """Return the symbols of which a stream heard that they left."""
    events = [event for event in stream.events() if event.type == b"retired"]
    return [symbol for event in events for symbol in json.loads(event.data)["S"]]


def roll(market: Market) -> None:
    """Let the ring lose everything that it has."""
    before = market.ring.number
    while market.ring.has(0, before):
        market.tick("Z")


@pytest.fixture
async def small() -> AsyncIterator[Market]:
    """A market whose ring holds some batches."""
    market = Market(ring_bytes=4000)
    yield market
    market.hub.close()


async def test_what_the_ring_has_lost_and_no_stream_lacks_is_forgotten(small: Market) -> None:
    streams = [small.join(key("*", interval)) for interval in (0, 250)]
    for number in range(5):
        small.tick(f"S{number}", notices=[Retired(f"S{number}", "idle")])
    forget_notices(small.streams)
    assert len(small.hub.notices) == 5  # the ring can replay them
    roll(small)
    small.turn()
    await small.settle()
    forget_notices(small.streams)
    assert len(small.hub.notices) == 0
    assert [len(left(stream)) for stream in streams] == [5, 5]


@pytest.mark.parametrize("interval", [0, 250])
async def test_a_slow_stream_hears_of_what_left_though_the_ring_has_lost_it(
    small: Market, interval: int
) -> None:
    small.tick("A", "B")
    slow = small.join(key("*", interval))
    small.turn()
    await small.settle()
    slow.stuck = True
    small.tick("B")
    small.turn()
    await small.settle()
    assert slow.state is State.LAGGING
    small.tick(notices=[GONE])
    roll(small)
    forget_notices(small.streams)
    slow.release()
    await small.settle()
    assert left(slow) == ["A"]
    small.turn()
    await small.settle()
    forget_notices(small.streams)
    assert len(small.hub.notices) == 0


async def test_a_conflated_stream_hears_at_its_turn_what_the_ring_has_lost(small: Market) -> None:
    small.tick("A", "B")
    stream = small.join(key("*", 10_000))
    small.turn()
    await small.settle()
    small.tick(notices=[GONE])
    roll(small)
    forget_notices(small.streams)
    small.turn()
    await small.settle()
    assert left(stream) == ["A"]


async def test_who_joins_at_a_rare_turn_was_not_slow_and_hears_what_the_ring_has_lost(small: Market) -> None:
    small.tick("A", "B")
    small.join(key("*", 3_600_000, bars="1s"))
    small.tick("B", bars=["B\t1s"])
    late = small.join(key("*", 3_600_000, bars="1s"))
    small.tick("B", notices=[GONE])
    roll(small)
    forget_notices(small.streams)
    assert late.state is State.JOINING
    small.turn()
    await small.settle()
    assert late.state is State.LIVE
    assert late.names()[:3] == ["snapshot", "bar", "retired"]
    assert "gap" not in late.names()
    assert late.qs()[0] == ("B", 3)


async def test_a_stream_that_would_need_too_much_kept_for_it_is_cut(
    small: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.fanout.notices.MAX_SYMBOLS", 3)
    small.tick("A", "B")
    slow, quick = small.join(key()), small.join(key("B"))
    await small.settle()
    slow.stuck = True
    small.tick("A")
    await small.settle()
    for number in range(5):
        small.tick(f"S{number}", notices=[Retired(f"S{number}", "idle")])
    roll(small)
    forget_notices(small.streams)
    assert len(small.hub.notices) == 3
    assert (slow.ended, quick.ended) == ("aborted", "")
    forget_notices(small.streams)
    assert len(small.hub.notices) == 0


async def test_streams_of_another_feed_do_not_count(small: Market, market: Market) -> None:
    market.streams.registry = small.streams.registry
    market.tick("A", "B")
    slow = market.join(key())
    await market.settle()
    slow.stuck = True
    market.tick("A")
    await market.settle()
    small.tick(*"ABCDEFGH")
    small.tick("A", notices=[GONE])
    # It stands at a lower number than the notice, of its own feed.
    assert 0 < slow.number < small.hub.notices.number
    roll(small)
    forget_notices(small.streams)
    assert (len(small.hub.notices), slow.ended) == (0, "")
    assert [*small.streams.registry] == [slow]


async def test_a_symbol_that_leaves_again_and_again_takes_no_more_room(small: Market) -> None:
    for _ in range(200):
        small.tick("A", notices=[GONE])
    [said] = small.hub.notices._said.values()
    assert len(said.left) < 20


async def test_a_turn_looks_once_for_what_was_said(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = market.join(key("*", 250))
    market.turn()
    await market.settle()
    looks: list[int] = []
    since = Notices.since

    def counted(self: Notices, number: int, *rest: object) -> list[bytes]:
        looks.append(number)
        return since(self, number, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Notices, "since", counted)
    market.tick("A", "B", bars=["B\t1s"], notices=[GONE])
    market.turn()
    await market.settle()
    assert len(looks) == 1
    assert stream.names()[1:] == ["retired", "tick"]
    assert market.hub.scheduler.ticks_out == 1


@contextmanager
def calls_of_notice() -> Iterator[Counter[str]]:
    """Count the calls of the functions that read a notice."""
    found: Counter[str] = Counter()

    def called(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_filename == notice.__file__:
            found[frame.f_code.co_name] += 1

    sys.setprofile(called)
    try:
        yield found
    finally:
        sys.setprofile(None)


async def test_a_notice_is_decoded_once_from_the_channel_to_the_frame(market: Market) -> None:
    market.tick("A", "B")
    streams = [market.join(key("*", interval)) for interval in (0, 250)]
    halted = SymbolState("B", "halted", 5)
    market.tick("A", "B")
    lines = [(each.symbol, notice.encode_notice(each).decode()) for each in (halted, GONE)]
    head = f"2 0123456789abcdef {market.ring.position(0).ms + 1}-0 {market.ring.position(0)} 1 0 0 2\n"
    data = (head + "".join(f"{symbol}\t{json}\n" for symbol, json in lines)).encode()
    with calls_of_notice() as found:
        batch = BatchValidator(1).batch(data, 0, "channel")
        assert batch is not None
        market.ingest.apply(0, batch)
        market.turn()
        await market.settle()
    assert found["decode_notice"] == 2
    assert {*found} <= {"decode_notice", "is_live"}
    assert [{"state", "retired"} <= {*stream.names()} for stream in streams] == [True, True]
