"""`GET /v1/bars/SYMBOL` of longer bars: up to the newest minute, or joined of shorter ones."""

import asyncio
import json
from typing import Any

import pytest

from tests.gateway.store.test_bar_history import asked, heard
from tests.support.event_stream import answer_of
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.gateway.store import charts
from tickcast.wire.bar import INTERVALS, Bar, bar_key
from tickcast.wire.names import MAIN as names

MINUTE = INTERVALS["1m"]


class Minutes:
    """Publishes minutes of a symbol, one tick each, and quarters as a publisher does."""

    def __init__(self, feeder: Feeder, symbol: str = "A") -> None:
        self._feeder = feeder
        self._symbol = symbol
        self.bars = 0
        """Bars published."""

    async def publish(self, *minutes: int, quarters: bool = False, before: int = 0) -> None:
        """Publish these minutes; the symbol has had `before` ticks more than were published."""
        for minute in minutes:
            ticks = self._feeder.make(self._symbol)
            q = self._feeder.counts[self._symbol] + before
            formed = [self._bar("1m", minute * MINUTE, 1, q)]
            if quarters:
                formed.insert(0, self._bar("15m", minute * MINUTE, 1, q))
            self.bars += len(formed)
            await self._feeder.publish(ticks, bars=formed)

    async def long(self, interval: str, start: int, ticks: int, q: int) -> None:
        """Publish a longer bar, without a tick."""
        self.bars += 1
        await self._feeder.publish([], bars=[self._bar(interval, start, ticks, q)])

    def _bar(self, interval: str, start: int, ticks: int, q: int) -> Bar:
        price = f"{q}.50"
        return Bar(self._symbol, interval, start, price, price, price, price, "0.1", ticks, q)


def shown(document: dict[str, Any], unit: int = MINUTE) -> list[tuple[int, int, int]]:
    """Return start, ticks and last `q` of each bar."""
    return [(bar["t"] // unit, bar["n"], bar["q"]) for bar in document["bars"]]


async def test_five_minutes_are_joined_of_minutes(gateway: LocalGateway, feeder: Feeder) -> None:
    feed = Minutes(feeder)
    await feed.publish(3, 4, 5, 9, 16)
    await heard(gateway, feed.bars)
    document = await asked(gateway, "A?interval=5m")
    assert (document["S"], document["i"]) == ("A", "5m")
    assert document["bars"][1] == {
        **{"S": "A", "i": "5m", "t": 5 * MINUTE, "o": 3.5, "h": 4.5, "l": 3.5, "c": 4.5},
        **{"v": 0.2, "n": 2, "q": 4},
    }
    # The first begins at minute 3, but it has the first tick of all.
    assert shown(document) == [(0, 2, 2), (5, 2, 4), (15, 1, 5)]
    assert shown(await asked(gateway, "A?interval=5m&limit=2")) == [(5, 2, 4), (15, 1, 5)]
    await feed.publish(17, 20)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=5m")) == [(0, 2, 2), (5, 2, 4), (15, 2, 6), (20, 1, 7)]


@pytest.mark.parametrize(("first", "cut"), [(10, False), (11, True)])
async def test_a_bar_that_may_lack_its_beginning_is_left_out(
    gateway: LocalGateway, feeder: Feeder, first: int, cut: bool
) -> None:
    feed = Minutes(feeder)
    await feed.publish(first, before=7)
    await heard(gateway, feed.bars)
    assert len((await asked(gateway, "A?interval=5m"))["bars"]) == (not cut)
    await feed.publish(12, 13, before=7)
    await heard(gateway, feed.bars)
    assert len((await asked(gateway, "A?interval=5m"))["bars"]) == (not cut)
    await feed.publish(15, 21, before=7)
    await heard(gateway, feed.bars)
    assert [start for start, _, _ in shown(await asked(gateway, "A?interval=5m"))] == [10, 15, 20][cut:]


async def test_hours_are_joined_of_quarters_up_to_the_newest_minute(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    feed = Minutes(feeder)
    await feed.publish(30, 45, 60, 75, quarters=True)
    await feed.publish(76, 77)
    await feed.long("15m", 75 * MINUTE, 2, 5)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=15m"))[-1] == (75, 3, 6)
    assert shown(await asked(gateway, "A?interval=1h")) == [(0, 2, 2), (60, 4, 6)]


async def test_a_day_has_the_newest_minute_in_it_however_it_stands_beside_it(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    feed = Minutes(feeder)
    begin = 30 * MINUTE
    await feed.publish(30)
    await feed.long("1d", begin, 1, 1)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=1d")) == [(30, 1, 1)]
    await feed.publish(31)
    await heard(gateway, feed.bars)
    document = await asked(gateway, "A?interval=1d")
    assert shown(document) == [(30, 2, 2)]
    assert (document["bars"][0]["h"], document["bars"][0]["v"]) == (2.5, 0.2)
    await feed.publish(32)
    await heard(gateway, feed.bars)
    # Nobody can tell how the bar of two minutes ago goes on, but it is true.
    assert shown(await asked(gateway, "A?interval=1d")) == [(30, 2, 3)]
    await feed.long("1d", begin, 3, 3)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=1d")) == [(30, 3, 3)]
    await feed.publish(1500)
    await feed.long("1d", 1500 * MINUTE, 1, 4)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=1d")) == [(30, 3, 3), (1500, 1, 4)]


async def test_joined_bars_are_made_once_for_all_who_ask_and_again_when_a_bar_is_final(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Minutes(feeder)
    await feed.publish(*range(1, 200))
    await heard(gateway, feed.bars)
    made: list[Bar] = []

    def counted(json: bytes) -> Bar:
        made.append(decode(json))
        return made[-1]

    decode = charts.decode_bar
    monkeypatch.setattr(charts, "decode_bar", counted)
    answers = await asyncio.gather(*(asked(gateway, "A?interval=5m") for _ in range(50)))
    assert all(answer == answers[0] for answer in answers)
    assert len(made) == 198
    await asked(gateway, "A?interval=5m&limit=3")
    assert len(made) == 198
    await feed.publish(200)
    await heard(gateway, feed.bars)
    assert shown(await asked(gateway, "A?interval=5m"))[-1] == (200, 1, 200)
    assert len(made) == 198 + 199


async def test_joined_bars_are_forgotten_when_many_others_are_asked_for(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "MAX_JOINED", 2)
    count = 0
    for symbol in "ABC":
        feed = Minutes(feeder, symbol)
        await feed.publish(1, 2, 3)
        count += feed.bars
    await heard(gateway, count)
    for symbol in "ABAC":
        await asked(gateway, f"{symbol}?interval=5m")
    assert list(gateway.gateway.live.charts._kept) == [bar_key(b"A", "5m"), bar_key(b"C", "5m")]


async def test_every_gateway_gives_the_same_answer_and_tag(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    feed = Minutes(feeder)
    await feed.publish(0, 15, 30, quarters=True)
    await feed.publish(31)
    await heard(gateway, feed.bars)
    async with local_gateway(valkey_url) as later:
        for interval in ("1m", "5m", "15m", "1h"):
            target = f"/v1/bars/A?interval={interval}"
            first, second = [await answer_of(each.url, target) for each in (gateway, later)]
            assert json.loads(first.body)["bars"]
            assert (first.body, first.headers["etag"]) == (second.body, second.headers["etag"])
            known = b"if-none-match: " + first.headers["etag"].encode()
            assert (await answer_of(later.url, target, known)).status == 304
            assert (await answer_of(later.url, f"{target}&limit=1", known)).status == 200
    await feed.publish(32)
    await heard(gateway, feed.bars)
    assert (await answer_of(gateway.url, "/v1/bars/A?interval=1h", known)).status == 200


async def test_a_symbol_without_bars_has_none_of_any_interval(gateway: LocalGateway, feeder: Feeder) -> None:
    await feeder.tick("A")
    await heard(gateway, 0)
    for interval in ("5m", "15m", "1h", "1d"):
        assert (await asked(gateway, f"A?interval={interval}"))["bars"] == []
    assert not await feeder.redis.exists(names.bars(0))
