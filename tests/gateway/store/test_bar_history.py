"""`GET /v1/bars/SYMBOL`: what Redis keeps and the newest, read once for all who ask."""

import asyncio
import json
from typing import Any

import pytest

from tests.support.event_stream import answer_of, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import PrivateValkey
from tickcast.gateway.store import bar_history
from tickcast.gateway.store.bar_history import CHECKED_AT_ONCE, BarHistory
from tickcast.gateway.store.charts import Charts
from tickcast.gateway.store.last_values import LastValues
from tickcast.wire.bar import INTERVALS, Bar, bar_key, decode_bar, encode_bar
from tickcast.wire.names import MAIN as names

MINUTE = INTERVALS["1m"]


def bar(symbol: str, minute: int, q: int, interval: str = "1m", ticks: int = 1) -> Bar:
    """Return a bar of that many ticks, the last of them with this `q`."""
    return Bar(symbol, interval, minute * INTERVALS[interval], "1.5", "2", "1", "1.25", None, ticks, q)


async def minutes(feeder: Feeder, symbol: str, *starts: int) -> None:
    """Publish a tick for each of these minutes, a batch for each, and the bar that forms of them."""
    for start in starts:
        ticks = feeder.make(symbol)
        formed = await feeder.redis.hget(names.bars(0), f"{symbol}\t1m")
        before = decode_bar(formed) if formed else None
        count = before.ticks + 1 if before and before.start == start * MINUTE else 1
        await feeder.publish(ticks, bars=[bar(symbol, start, feeder.counts[symbol], ticks=count)])


def listed(symbol: bytes) -> str:
    """Return the name of the list of a symbol's final bars of a minute."""
    return names.bar_list(0, bar_key(symbol, "1m")).decode()


async def heard(gateway: LocalGateway, bars: int) -> None:
    """Wait until the gateway has taken that many bars."""
    await eventually(lambda: gateway.gateway.live.ingest.bars == bars)


async def asked(gateway: LocalGateway, target: str) -> Any:
    """Return the document that a request for bars is answered with."""
    answer = await answer_of(gateway.url, f"/v1/bars/{target}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


async def test_a_slash_in_a_symbol_stands_for_itself_and_may_be_encoded(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "BTC/USD", 1, 2)
    await heard(gateway, 2)
    plain = await asked(gateway, "BTC/USD?limit=5")
    assert (plain["S"], len(plain["bars"])) == ("BTC/USD", 2)
    assert await asked(gateway, "BTC%2FUSD?limit=5") == plain


async def test_the_history_is_what_was_streamed_each_bar_in_its_last_state(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with stream(gateway.url, bars="1m") as client:
        await minutes(feeder, "A", 5, 5, 6, 8, 8, 8)
        await client.until(lambda event: event.type == b"bar" and json.loads(event.data)["q"] == 6)
        streamed = [json.loads(event.data) for event in client.seen if event.type == b"bar"]
    final = {each["t"]: each for each in streamed}
    document = await asked(gateway, "A?interval=1m")
    assert document == {"S": "A", "i": "1m", "bars": list(final.values())}
    assert [each["t"] // MINUTE for each in document["bars"]] == [5, 6, 8]
    assert document["bars"][-1] == streamed[-1]


async def test_many_who_ask_at_once_cost_one_reading_until_another_bar_begins(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", 1, 2, 3)
    await heard(gateway, 3)
    answers = await asyncio.gather(*(asked(gateway, "a") for _ in range(100)))
    assert gateway.gateway.live.bar_history.reads == 1
    assert all(answer == answers[0] for answer in answers)
    await minutes(feeder, "A", 3, 3)
    await heard(gateway, 5)
    assert (await asked(gateway, "A"))["bars"][-1]["q"] == 5
    assert gateway.gateway.live.bar_history.reads == 1
    await minutes(feeder, "A", 4)
    await heard(gateway, 6)
    again = await asyncio.gather(*(asked(gateway, "A") for _ in range(100)))
    assert [each["q"] for each in again[0]["bars"]] == [1, 2, 5, 6]
    assert gateway.gateway.live.bar_history.reads == 2


async def test_what_is_held_is_not_read_again_when_other_bars_have_become_final(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", 1, 2, 3, 4, 5, 5)
    await heard(gateway, 6)
    await asked(gateway, "A")
    # Neither does it miss those of which it has not been asked in time.
    await minutes(feeder, "A", 6, 6, 7, 8, 11, 11)
    await heard(gateway, 12)
    await feeder.redis.lset(listed(b"A"), 0, encode_bar(bar("A", 1, 99)))
    bars = (await asked(gateway, "A"))["bars"]
    assert [each["q"] for each in bars] == [1, 2, 3, 4, 6, 8, 9, 10, 12]
    assert gateway.gateway.live.bar_history.reads == 2


async def test_a_gateway_forgets_the_bars_that_redis_no_longer_keeps(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    await minutes(feeder, "A", 1, 2, 3, 4)
    await heard(gateway, 4)
    await asked(gateway, "A")
    await minutes(feeder, "A", 5, 6)
    await feeder.redis.ltrim(listed(b"A"), -3, -1)
    await heard(gateway, 6)
    async with local_gateway(valkey_url) as later:
        first, second = [await answer_of(each.url, "/v1/bars/A") for each in (gateway, later)]
    assert [each["q"] for each in json.loads(first.body)["bars"]] == [3, 4, 5, 6]
    assert (first.body, first.headers["etag"]) == (second.body, second.headers["etag"])


async def test_bars_that_do_not_go_on_from_what_is_held_are_all_read_anew(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", 1, 2)
    await heard(gateway, 2)
    await asked(gateway, "A")
    await feeder.redis.delete(listed(b"A"), names.bars(0))
    # Whoever deletes them this way does not want them written back.
    await feeder.redis.hset(names.meta(0), "bars", 0)
    await minutes(feeder, "A", 0, 1, 3, 4)
    await heard(gateway, 6)
    assert [each["q"] for each in (await asked(gateway, "A"))["bars"]] == [3, 4, 5, 6]
    assert gateway.gateway.live.bar_history.reads == 3


async def test_a_history_is_cut_to_the_newest_that_were_asked_for(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", *range(1, 8))
    await heard(gateway, 7)
    for limit, first in ((1, 7), (3, 5), (7, 1), (1440, 1)):
        bars = (await asked(gateway, f"A?limit={limit}"))["bars"]
        assert [each["q"] for each in bars] == list(range(first, 8))


async def test_what_redis_has_beyond_the_newest_bar_heard_is_left_to_the_stream(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", 1, 2)
    await heard(gateway, 2)
    ahead = [encode_bar(bar("A", minute, q)) for minute, q in ((2, 9), (3, 10))]
    await feeder.redis.rpush(listed(b"A"), *ahead)
    assert [(each["t"], each["q"]) for each in (await asked(gateway, "A"))["bars"]] == [
        (MINUTE, 1),
        (2 * MINUTE, 2),
    ]


async def test_what_redis_has_that_is_no_bar_of_that_key_is_left_out_and_counted(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await minutes(feeder, "A", 1, 3)
    await heard(gateway, 2)
    others = [b"", b"{}", b"\xff", b'{"S":"A"}', encode_bar(bar("B", 2, 1)), encode_bar(bar("A", 2, 1, "1s"))]
    await feeder.redis.rpush(listed(b"A"), *others)
    assert [each["q"] for each in (await asked(gateway, "A"))["bars"]] == [1, 2]
    assert gateway.gateway.live.bar_history.poisoned == len(others)


async def test_an_etag_tells_that_nothing_has_changed(gateway: LocalGateway, feeder: Feeder) -> None:
    await minutes(feeder, "A", 1, 2)
    await heard(gateway, 2)
    first = await answer_of(gateway.url, "/v1/bars/A")
    known = b"if-none-match: " + first.headers["etag"].encode()
    again = await answer_of(gateway.url, "/v1/bars/A", known)
    assert (again.status, again.body) == (304, b"")
    assert (await answer_of(gateway.url, "/v1/bars/A?limit=1", known)).status == 200
    await minutes(feeder, "A", 2)
    await heard(gateway, 3)
    assert (await answer_of(gateway.url, "/v1/bars/A", known)).status == 200


@pytest.mark.parametrize(
    ("target", "status", "named"),
    [
        ("NONE", 404, "nobody publishes NONE"),
        ("A%2CB", 400, "not a symbol"),
        ("A?interval=2m", 400, "1s or 1m or 5m or 15m or 1h or 1d"),
        ("A?limit=0", 400, "1 to 1440"),
        ("A?limit=1441", 400, "1 to 1440"),
        ("A?limit=x", 400, "1 to 1440"),
        ("A?symbols=B", 400, "allowed are interval, limit"),
    ],
)
async def test_a_bad_request_is_refused_in_words(
    gateway: LocalGateway, feeder: Feeder, target: str, status: int, named: str
) -> None:
    await minutes(feeder, "A", 1)
    await heard(gateway, 1)
    answer = await answer_of(gateway.url, f"/v1/bars/{target}")
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert named in json.loads(answer.body)["detail"]


async def test_a_symbol_without_bars_has_an_empty_history_and_costs_redis_nothing(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    await feeder.tick("A/B")
    await eventually(lambda: b"A/B" in gateway.gateway.live.last)
    assert await asked(gateway, "a/b") == {"S": "A/B", "i": "1m", "bars": []}
    assert gateway.gateway.live.bar_history.reads == 0


async def test_without_redis_what_is_known_is_answered_and_the_rest_refused_in_words() -> None:
    with PrivateValkey() as server:
        async with Feeder(server.url) as feeder, local_gateway(server.url) as gateway:
            await minutes(feeder, "A", 1, 2)
            await minutes(feeder, "B", 1, 2)
            await heard(gateway, 4)
            known = await asked(gateway, "A")
            server.kill()
            assert await asked(gateway, "A") == known
            answers = await asyncio.gather(*(answer_of(gateway.url, "/v1/bars/B") for _ in range(20)))
            assert {answer.status for answer in answers} == {503}
            assert "Redis does not answer" in json.loads(answers[0].body)["detail"]
            assert "retry-after" in answers[0].headers


async def test_the_cache_is_bounded_and_keeps_what_was_asked_for_last(
    gateway: LocalGateway, feeder: Feeder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for symbol in "ABC":
        await minutes(feeder, symbol, *range(1, 6))
    await heard(gateway, 15)
    history = gateway.gateway.live.bar_history
    await asked(gateway, "A")
    monkeypatch.setattr(bar_history, "MAX_CACHE", 2 * history._size)
    for symbol in "BACA":
        await asked(gateway, symbol)
    assert history.reads == 3
    assert list(history._kept) == [b"C\t1m", b"A\t1m"]
    assert history._size <= bar_history.MAX_CACHE


async def test_a_gateway_that_starts_later_serves_the_same_history(
    gateway: LocalGateway, feeder: Feeder, valkey_url: str
) -> None:
    await minutes(feeder, "A", 1, 1, 2, 3, 3)
    await heard(gateway, 5)
    async with local_gateway(valkey_url) as later:
        first, second = [await answer_of(each.url, "/v1/bars/A") for each in (gateway, later)]
    assert first.body == second.body
    assert first.headers["etag"] == second.headers["etag"]
    assert [each["q"] for each in json.loads(first.body)["bars"]] == [2, 3, 5]


async def test_a_long_history_is_read_in_pieces_of_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [encode_bar(bar("AAPL", minute, minute)) for minute in range(1, 3 * CHECKED_AT_ONCE + 8)]
    checked, newest = 0, LastValues()
    newest.update(1, [(b"AAPL\t1m", encode_bar(bar("AAPL", 1000, 1000)))])

    async def read(partition: int, key: bytes, most: int) -> tuple[list[bytes], int]:
        return entries, len(entries)

    def decode(json: bytes) -> Bar:
        nonlocal checked
        checked += 1
        return decode_bar(json)

    monkeypatch.setattr("tickcast.gateway.store.bar_history.decode_bar", decode)
    monkeypatch.setattr("tickcast.gateway.store.charts.decode_bar", decode)
    history = BarHistory(read, newest, 1)
    for interval in ("1m", "5m"):
        before, turns = checked, []
        asking = asyncio.create_task(Charts(history).bars(b"AAPL", interval, 1440))
        while not asking.done():
            turn = checked
            await asyncio.sleep(0)
            turns.append(checked - turn)
        # The newest bar is checked as well, whenever it is looked at.
        assert max(turns) <= CHECKED_AT_ONCE + 4
        assert checked - before >= len(entries)
        assert (await asking).bars
