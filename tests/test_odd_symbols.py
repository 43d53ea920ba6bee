"""Symbols as the world writes them, through the whole stack: CSV, Redis, streams, snapshot, bars, tail."""

import asyncio
import csv
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.event_stream import answer_of, asked
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tests.support.servers import valkey
from tests.support.ticks import DAY, symbols
from tickcast.cli.ticks import split_snapshot, symbol_and_q
from tickcast.publisher.broker import Broker
from tickcast.publisher.program import publish
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.stats import Stats
from tickcast.wire.bar import INTERVALS, bar_key
from tickcast.wire.symbol import Case, fold, partition_of

PARTITIONS = 3
ODD = ["^GSPC", "ES=F", "EURUSD=X", "M&M", "BTC/USDT:USDT", "BRK B", "AAPL  251219C00150000"]
ODDER = ["<B>", "50%+#;?", "a..", "AMpB", "AMPB", "A/../B", "//", "./x", "}{", "[x]", "$1%2F", "!", "-"]
_numbers = itertools.count()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with valkey() as url:
        yield url


@given(case=st.sampled_from(["upper", "keep"]), written=st.lists(symbols, min_size=1, max_size=8))
@example(case="upper", written=[*ODD, *ODDER])
@example(case="keep", written=[*ODD, *ODDER])
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_odd_symbols_go_through_the_whole_stack(
    url: str, tmp_path: Path, case: Case, written: list[str]
) -> None:
    asyncio.run(_through(url, tmp_path / "ticks.csv", case, list(dict.fromkeys(written))))


async def _through(url: str, file: Path, case: Case, written: list[str]) -> None:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["S", "t", "p", "s"])
    rows.writerows([symbol, DAY, "1.50", "2"] for symbol in written)
    file.write_text(text.getvalue(), "ascii")
    feed = f"odd-{next(_numbers)}"
    known = {fold(symbol, case) for symbol in written}
    replay: dict[str, Any] = {"source": "replay", "file": str(file), "speed": "max", "symbol_case": case}
    wanted = PublisherSettings(redis_url=url, feed=feed, partitions=PARTITIONS, **replay)
    broker = Broker(url, names=wanted.names)
    try:
        await publish(wanted, broker, Stats(), asyncio.Event())
        await _stand_in_redis(broker, known)
    finally:
        await broker.close()
    async with local_gateway(url, feed=feed, partitions=PARTITIONS) as gateway:
        assert gateway.gateway.live.broker.case == case
        await eventually(lambda: _are_listed(gateway.url, known))
        for symbol in written:
            await _are_served(gateway.url, symbol, case, known)


async def _stand_in_redis(broker: Broker, known: set[str]) -> None:
    names = broker.names
    for partition in range(PARTITIONS):
        here = {symbol.encode() for symbol in known if partition_of(symbol.encode(), PARTITIONS) == partition}
        assert (await broker.read_hash(names.last(partition))).keys() == here
        bars = await broker.read_hash(names.bars(partition))
        assert bars.keys() == {bar_key(symbol, interval) for symbol in here for interval in INTERVALS}


async def _are_listed(url: str, known: set[str]) -> bool:
    listed = orjson.loads((await answer_of(url, "/v1/symbols")).body)
    return {each["S"] for each in listed} == known


async def _are_served(url: str, symbol: str, case: Case, known: set[str]) -> None:
    own = fold(symbol, case)
    for path in {quote(symbol, safe=""), quote(symbol, safe="/:")}:
        bars = orjson.loads((await answer_of(url, f"/v1/bars/{path}?interval=1s")).body)
        assert (bars["S"], [bar["S"] for bar in bars["bars"]]) == (own, [own])
    for query in (quote(symbol, safe=""), quote_plus(symbol)):
        body = (await answer_of(url, f"/v1/snapshot?symbols={query}")).body
        assert [tick["S"] for tick in orjson.loads(body)["ticks"]] == [own]
    begun = {each for each in known if each.startswith(fold(symbol[:2], case))}
    for wish, expected in ((symbol, {own}), (f"{symbol[:2]}*", begun)):
        async with asked(url, f"/v1/stream?bars=1m&symbols={quote(wish, safe='')}") as stream:
            assert (await stream.expect("hello")).get("case", "upper") == case
            *_, snapshot = await stream.until(lambda event: event.type == b"snapshot")
            ticks = split_snapshot(snapshot.data)
            assert {symbol_and_q(tick)[0].decode() for tick in ticks} == expected
            assert {(await stream.expect("bar"))["S"] for _ in expected} == expected
