"""Streams, byte for byte as they were recorded: what clients rely on, through every change of the code.

The recordings are in `recorded/`. A change of the protocol that is meant is recorded by RECORD=1; the
difference in git then shows what it does to clients.
"""

import pytest

from tests.support.recorded_clients import script
from tests.support.recording import compare
from tests.support.scripted_feed import bar, tick

FULL = ',"s":100,"bp":99.99,"bs":300,"ap":100.010,"as":200,"v":1204300'
SIM = ',"src":"sim"'
OLD = "AQECAwQFBgACAA"
"""A cursor of another epoch."""

pytestmark = pytest.mark.usefixtures("patience")


async def test_every_tick_comes_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch(
            "1-0", tick("A", 1, "100.00", FULL), tick("B", 1, "20.5"), tick("BRK.B", 1, "1e3")
        )
        await run.seen("BRK.B", 1)
        await run.open("all", "/v1/stream")
        await run.open("named", "/v1/stream?symbols=b,A,NEW")
        await run.open("prefix", "/v1/stream?symbols=B*")
        await run.open("without a snapshot", "/v1/stream?snapshot=false&symbols=A", first=1)
        await run.open("gzip", "/v1/stream", "accept-encoding: gzip")
        await run.open("zstd", "/v1/stream?symbols=A", "accept-encoding: gzip;q=0.5, zstd")
        await run.open("array", "/v1/stream?format=array")
        await run.open("array, zstd", "/v1/stream?format=array", "accept-encoding: zstd")
        every = {"all": 1, "gzip": 1, "array": 1, "array, zstd": 1}
        for q in (2, 3):
            await run.feed.batch(f"{q}-0", tick("A", q, f"100.0{q}", FULL))
            await run.take({"named": 1, "without a snapshot": 1, "zstd": 1, **every})
        lines = tick("B", 2, "20.50"), tick("B", 3, "-0.5"), tick("NEW", 1, "427.90"), tick("A", 4, "100.1")
        await run.feed.batch("3-7", *lines)
        await run.take({"all": 4, "named": 4, "prefix": 2, "without a snapshot": 1, "zstd": 1})
        await run.take({"gzip": 4, "array": 1, "array, zstd": 1})
        await run.feed.batch("1000-0", tick("BRK.B", 2, "1001"))
        await run.take({"prefix": 1, **every})
    compare("every_tick", run.text())


async def test_conflated_ticks_come_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "100.00"), tick("B", 1, "20.5"))
        await run.seen("B", 1)
        await run.open("every 250 ms", "/v1/stream?symbols=A,B&interval=250")
        await run.open("raised to 50", "/v1/stream?interval=1")
        await run.open("array", "/v1/stream?interval=100&format=array", "accept-encoding: gzip")
        await run.open("with bars", "/v1/stream?interval=100&bars=1m&symbols=A")
        for q in (2, 4):
            minute = bar("A", "1m", 0, f"100 100.0{q} 100 100.0{q}", q, q + 1)
            ticks = tick("A", q, "99"), tick("B", q, "20.6"), tick("A", q + 1, f"100.0{q}")
            await run.feed.batch(f"{q}-0", *ticks, minute)
            await run.take({"every 250 ms": 2, "raised to 50": 2, "array": 1, "with bars": 2})
        cursor = run.cursor("every 250 ms")
        await run.feed.batch("5-0", tick("B", 5, "21"))
        await run.take({"every 250 ms": 1, "raised to 50": 1, "array": 1})
        await run.open("back", f"/v1/stream?symbols=A,B&interval=250&lastEventId={cursor}")
        await run.open(
            "back, nothing missed", f"/v1/stream?symbols=A&interval=250&lastEventId={cursor}", first=1
        )
    compare("conflated", run.text())


async def test_bars_come_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        first = (
            bar("A", "1s", 0, "100.00 100.5 99.50 100.1", 2, 2),
            bar("A", "1m", 0, "100.00 100.5 99.50 100.1", 2, 2),
        )
        await run.feed.batch("1-0", tick("A", 1, "100.00"), tick("A", 2, "100.1"), tick("B", 1, "20"), *first)
        await run.seen("B", 1)
        await run.open("both", "/v1/stream?bars=1m,1s", first=4)
        await run.open("minutes of A", "/v1/stream?symbols=B&bars=1m&bars_of=A", first=3)
        await run.open(
            "seconds of all, array", "/v1/stream?symbols=B&bars=1s&bars_of=*&format=array", first=3
        )
        await run.open("no snapshot", "/v1/stream?symbols=A&bars=1s&snapshot=false", first=1)
        await run.feed.batch("999-0", bar("A", "1s", 0, "100.00 101 99.50 101", 3, 3))
        await run.take({"both": 1, "seconds of all, array": 1, "no snapshot": 1})
        place = run.cursor("both")
        second = (
            bar("A", "1s", 1, "101 102.0 101 102.0", 1, 4),
            bar("A", "1m", 0, "100.00 102.0 99.50 102.0", 4, 4),
        )
        await run.feed.batch("1999-0", tick("A", 4, "102.0"), tick("B", 2, "20.1"), *second)
        await run.take({"both": 4, "minutes of A": 2, "seconds of all, array": 2, "no snapshot": 2})
        inside = run.cursor("both", back=1)
        await run.open("back", "/v1/stream?bars=1m,1s", f"last-event-id: {place}", first=5)
        await run.open("back among the bars", "/v1/stream?bars=1m,1s", f"last-event-id: {inside}")
        for query in ("interval=1s", "interval=1m&limit=1", "interval=1s&limit=1"):
            await run.ask(f"/v1/bars/a?{query}", exact=True)
    compare("bars", run.text())


async def test_who_comes_back_is_answered_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "100.00"), tick("B", 1, "20"))
        await run.seen("B", 1)
        await run.open("first", "/v1/stream")
        await run.feed.batch("2-0", tick("A", 2, "100.1"), tick("B", 2, "20.1"), tick("A", 3, "100.2"))
        await run.feed.batch("3-0", tick("B", 3, "20.2"))
        await run.take({"first": 4})
        snapshot, inside, newest = (run.cursor("first", back) for back in (4, 3, 0))
        assert inside.endswith(".1")
        await run.open("all", "/v1/stream", f"Last-Event-ID: {snapshot}", first=5)
        await run.open("from within a batch", "/v1/stream", f"last-event-id: {inside}", first=4)
        await run.open(
            "the header wins", f"/v1/stream?lastEventId={snapshot}", f"last-event-id: {inside}", first=4
        )
        await run.open("by the address", f"/v1/stream?symbols=B&lastEventId={snapshot}", first=3)
        await run.open("array", f"/v1/stream?format=array&lastEventId={inside}")
        await run.open("conflated", f"/v1/stream?interval=50&lastEventId={snapshot}", first=3)
        await run.open("nothing missed", f"/v1/stream?lastEventId={newest}", first=1)
        await run.open("of another epoch", f"/v1/stream?lastEventId={OLD}")
        await run.open("no cursor", "/v1/stream?snapshot=false", "last-event-id: what?")
        await run.feed.batch("4-0", tick("A", 4, "100.3"))
        everybody = ("first", "all", "from within a batch", "the header wins", "array", "conflated")
        await run.take(dict.fromkeys((*everybody, "nothing missed", "of another epoch", "no cursor"), 1))
        # A day later the ring has let go of what came before.
        await run.feed.batch("86400000-0", tick("A", 5, "100.4"))
        await run.take(dict.fromkeys((*everybody, "by the address"), 1) | {"by the address": 0})
        await run.open("too old", f"/v1/stream?lastEventId={inside}")
    compare("resume", run.text())


async def test_what_is_said_of_symbols_comes_as_recorded(valkey_url: str) -> None:
    halted, live = (f'{{"S":"B","state":"{state}","since":5}}' for state in ("halted", "live"))
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "100.00", SIM), tick("B", 1, "20.5"), halted)
        await run.seen("B", 1)
        await run.open("all", "/v1/stream", first=3)
        await run.open("array", "/v1/stream?format=array", first=3)
        await run.open("every 100 ms", "/v1/stream?interval=100", first=3)
        await run.open("of A", "/v1/stream?symbols=A")
        await run.open("of B", "/v1/stream?symbols=B&bars=1m", first=3)
        snapshot = run.cursor("all")
        lines = tick("B", 2, "20.6"), tick("A", 2, "100.1", SIM), '{"S":"A","retired":"operator"}', live
        await run.feed.batch("2-0", *lines)
        await run.take({"all": 4, "array": 3, "every 100 ms": 3, "of A": 2, "of B": 2})
        inside = run.cursor("all", back=1)
        await run.feed.batch("3-0", tick("A", 1, "7"))
        await run.take({"all": 1, "array": 1, "every 100 ms": 1, "of A": 1})
        await run.open("back", f"/v1/stream?lastEventId={snapshot}", first=6)
        await run.open("back in the middle", f"/v1/stream?lastEventId={inside}", first=3)
        await run.open("back, every 100 ms", f"/v1/stream?interval=100&lastEventId={snapshot}", first=5)
    compare("notices", run.text())


async def test_who_is_ahead_waits_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "100.00"))
        await run.seen("A", 1)
        await run.open("behind", "/v1/stream")
        near, never = (run.feed.cursor(at) for at in ("2-0", "99-0"))
        await run.open("reached", f"/v1/stream?lastEventId={near}", first=1)
        await run.open("reached within a batch", f"/v1/stream?lastEventId={near}.1", first=1)
        await run.feed.batch("2-0", tick("A", 2, "100.1"), tick("A", 3, "100.2"))
        await run.take({"behind": 2, "reached within a batch": 1})
        await run.open("never reached", f"/v1/stream?lastEventId={never}", first=3)
        await run.feed.batch("3-0", tick("A", 4, "100.3"))
        await run.take(dict.fromkeys(("behind", "reached", "reached within a batch", "never reached"), 1))
    compare("ahead", run.text())


@pytest.mark.parametrize("loss", ["feed", "retention"])
async def test_a_gap_is_told_as_recorded(valkey_url: str, loss: str) -> None:
    async with script(valkey_url) as run:
        minute = bar("A", "1m", 0, "1 2 1 2", 2, 2)
        await run.feed.batch("1-0", tick("A", 1, "100.00"), tick("B", 1, "20"), minute)
        await run.seen("B", 1)
        await run.open("every tick", "/v1/stream")
        await run.open("B", "/v1/stream?symbols=B")
        await run.open("array with bars", "/v1/stream?format=array&bars=1m", first=3)
        await run.open("conflated", "/v1/stream?interval=50")
        cursor = run.cursor("every tick")
        if loss == "feed":
            await run.feed.lose("1-5", tick("A", 4, "100.4"), tick("C", 1, "3"))
        else:
            await run.feed.batch("2-0", tick("A", 4, "100.4"), tick("C", 1, "3"), kept=False)
            await run.feed.heartbeat()
        await run.take(dict.fromkeys(("every tick", "B", "array with bars", "conflated"), 2))
        await run.feed.batch("5-0", tick("A", 5, "100.5"), tick("B", 2, "21"))
        await run.take({"every tick": 2, "B": 1, "array with bars": 1, "conflated": 2})
        await run.open("back from before it", "/v1/stream", f"last-event-id: {cursor}")
    compare(f"gap_{loss}", run.text())


async def test_a_hole_that_the_log_fills_is_not_seen_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.open("every tick", "/v1/stream")
        for q in (1, 2, 3):
            await run.feed.batch(f"{q}-0", tick("A", q, f"1.{q}"), heard=q != 2)
        await run.take({"every tick": 3})
        await run.feed.batch("4-0", tick("A", 4, "1.4"), heard=False)
        await run.feed.heartbeat()
        await run.take({"every tick": 1})
    compare("hole", run.text())


async def test_a_changed_stream_goes_on_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        minutes = [bar(symbol, "1m", 0, "1 2 1 2", 1, 1) for symbol in ("A", "B")]
        await run.feed.batch("1-0", *(tick(symbol, 1, "1.0") for symbol in ("A", "B", "C")), *minutes)
        await run.seen("C", 1)
        await run.open("watchlist", "/v1/stream?symbols=A,B")
        await run.open("array", "/v1/stream?symbols=A&format=array")
        await run.change("watchlist", '{"add":["c","X*"],"drop":["A"]}')
        await run.take({"watchlist": 2})
        await run.change("array", '{"add":["B"],"bars":["1m"],"bars_of":["A","B"]}')
        await run.take({"array": 4})
        await run.change("array", '{"add":["B"]}')
        await run.feed.batch("2-0", *(tick(symbol, 2, "2.0") for symbol in ("A", "B", "C", "XY")))
        await run.take({"watchlist": 3, "array": 1})
        await run.change("watchlist", '{"drop":["B","C"]}')
        await run.change("array", '{"bars":[]}')
        await run.take({"watchlist": 1})
        await run.feed.batch("3-0", tick("A", 3, "3.0"), tick("B", 3, "3.0"), tick("XY", 3, "3.0"))
        await run.take({"watchlist": 1, "array": 1})
        # The words are those of the JSON library.
        await run.change("array", "{", changing=("detail",))
        for body in ("[]", '{"colour":1}', '{"add":["A,B","C*D"]}', '{"add":"A"}', '{"bars":["5m"]}'):
            await run.change("array", body)
        await run.ask("/v1/streams/recorded.unknown", method="PATCH", body="{}")
    compare("changed", run.text())
