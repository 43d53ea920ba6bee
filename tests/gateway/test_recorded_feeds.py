"""Feeds of every kind, byte for byte as they were recorded: silent, odd, large, of several partitions."""

import pytest

from tests.support.local_gateway import stale_after
from tests.support.recorded_clients import script
from tests.support.recording import compare
from tests.support.scripted_feed import tick

FULL = ',"s":100,"bp":99.99,"bs":300,"ap":100.010,"as":200,"v":1204300'
pytestmark = pytest.mark.usefixtures("patience")


async def test_odd_symbols_of_a_feed_that_keeps_case_come_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url, case="keep") as run:
        odd = "AMpB", "AMPB", "BRK B", "M&M", "<B>"
        await run.feed.batch("1-0", *(tick(symbol, 1, "1.0") for symbol in odd))
        await run.seen("AMpB", 1)
        await run.open("named", "/v1/stream?symbols=AMpB,BRK+B")
        await run.open("prefix", "/v1/stream?symbols=AMP*,M%26*,BRK%20*")
        await run.feed.batch("2-0", *(tick(symbol, 2, "2.0") for symbol in odd))
        await run.take({"named": 2, "prefix": 3})
        await run.change("named", '{"add":["M&M","ampb"],"drop":["BRK B","AMPB"]}')
        await run.take({"named": 2})
        for symbol in ("AMpB", "ampb"):
            await run.ask(f"/v1/bars/{symbol}")
    compare("case", run.text())


async def test_a_feed_that_is_silent_and_comes_back_is_told_as_recorded(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "1.0"))
        await run.seen("A", 1)
        await run.open("live before", "/v1/stream")
        await run.open("conflated", "/v1/stream?interval=50")
        # Silence at once, whatever was heard last: a machine that is busy cannot make it longer.
        stale_after(monkeypatch, -1)
        await run.feed.heartbeat()
        await run.take({"live before": 1, "conflated": 1})
        await run.open("comes meanwhile", "/v1/stream", first=3)
        await run.open("comes back meanwhile", f"/v1/stream?lastEventId={run.cursor('live before')}")
        await run.ask("/readyz")
        everybody = ("live before", "conflated", "comes meanwhile", "comes back meanwhile")
        stale_after(monkeypatch, 300)
        await run.feed.heartbeat()
        await run.take(dict.fromkeys(everybody, 1))
        await run.feed.batch("2-0", tick("A", 2, "2.0"))
        await run.take(dict.fromkeys(everybody, 1))
    compare("status", run.text())


async def test_heartbeats_come_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url, heartbeat=500) as run:
        await run.feed.batch("1-0", tick("A", 1, "1.0"))
        await run.seen("A", 1)
        for name, query in (("every tick", ""), ("conflated", "?interval=100"), ("array", "?format=array")):
            await run.open(name, f"/v1/stream{query}", first=3)
            run.hang_up(name)
        await run.open("quiet", "/v1/stream?symbols=Q&snapshot=false")
        run.hang_up("quiet")
    compare("heartbeat", run.text())


async def test_a_feed_of_several_partitions_comes_as_recorded(valkey_url: str) -> None:
    symbols = [f"S{number}" for number in range(8)]
    async with script(valkey_url, partitions=4) as run:
        for number, symbol in enumerate(symbols, 1):
            await run.feed.batch(f"{number}-{number}", tick(symbol, 1, "1.0"))
            await run.seen(symbol, 1)
        await run.open("every tick", "/v1/stream")
        await run.open("some", "/v1/stream?symbols=S1,S5,S6")
        await run.open("conflated", "/v1/stream?symbols=S*&interval=50")
        await run.feed.heartbeat()
        for number, symbol in enumerate(symbols, 20):
            await run.feed.batch(f"{number}-1", tick(symbol, 2, "2.0"), tick(symbol, 3, "3.0"))
            await run.take(
                {"every tick": 2, "conflated": 1, "some": 2 if symbol in ("S1", "S5", "S6") else 0}
            )
        inside = run.cursor("every tick", back=5)
        await run.open("back", f"/v1/stream?lastEventId={inside}", first=6)
        await run.open("back, conflated", f"/v1/stream?interval=50&lastEventId={inside}", first=4)
        await run.ask("/v1/snapshot?symbols=S1,S2", exact=True)
    compare("partitions", run.text())


async def test_a_large_snapshot_is_split_as_recorded(valkey_url: str) -> None:
    symbols = [f"LONG.NAME.OF.A.SYMBOL.{number:04}" for number in range(420)]
    async with script(valkey_url) as run:
        for at in range(0, len(symbols), 100):
            await run.feed.batch(
                f"{at + 1}-0", *(tick(symbol, 1, "100.00", FULL) for symbol in symbols[at : at + 100])
            )
        await run.seen(symbols[-1], 1)
        await run.open("large", "/v1/stream", "accept-encoding: zstd", first=3)
        await run.feed.batch("1000-0", tick(symbols[0], 2, "101"))
        await run.take({"large": 1})
    compare("large", run.text())
