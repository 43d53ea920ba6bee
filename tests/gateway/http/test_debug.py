"""What an operator is shown: every gateway that lives, the largest groups, the slow streams and why."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.changing import open_stream
from tests.support.event_stream import answer_of, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import PrivateValkey
from tests.support.slow_client import small
from tickcast.gateway.cluster.membership import (
    ALIVE_WITHIN,
    LIST_LIFETIME,
    REMOVED_AFTER,
    Summary,
    encode_summary,
)
from tickcast.gateway.http.debug import Debug
from tickcast.gateway.streams.stream_ids import address_of
from tickcast.wire.names import MAIN as names

SYMBOLS = [f"S{number:03}" for number in range(500)]


async def report_of(url: str) -> Any:
    answer = await answer_of(url, "/v1/debug")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    return json.loads(answer.body)


@pytest.mark.parametrize("path", ["/v1/debug", "/debug", "/debug/index.html", "/debug/debug.js"])
async def test_where_it_is_not_wanted_it_is_not_there(gateway: LocalGateway, path: str) -> None:
    assert (await answer_of(gateway.url, path)).status == 404


async def test_the_page_is_there_where_it_is_wanted(valkey_url: str) -> None:
    async with local_gateway(valkey_url, ready=False, debug=True) as gateway:
        answer = await answer_of(gateway.url, "/debug")
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_every_gateway_sees_all_that_live(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url, gateway_id="one", debug=True) as one:
        async with local_gateway(valkey_url, gateway_id="two") as two, stream(two.url):
            await eventually(lambda: two.streams.registry)
            await eventually(lambda: two_is_seen_with_a_client(one))
            mine, other = (await report_of(one.url))["gateways"]
            assert (mine["id"], other["id"]) == ("one", "two")
            assert other["feed"] in ("live", "stale")
            assert other["started"] <= other["t"] <= time.time_ns() // 1000
            assert 0 < await feeder.redis.ttl(names.gateways()) <= LIST_LIFETIME
        # Who stops says so.
        assert [each["id"] for each in (await report_of(one.url))["gateways"]] == ["one"]


async def two_is_seen_with_a_client(one: LocalGateway) -> bool:
    seen = {each["id"]: each for each in (await report_of(one.url))["gateways"]}
    return "two" in seen and seen["two"]["clients"] == 1


async def test_those_that_are_gone_are_not_shown_and_later_forgotten(feeder: Feeder, valkey_url: str) -> None:
    now = time.time_ns() // 1000
    for name, age in (("fresh", 0), ("silent", ALIVE_WITHIN + 10**6), ("gone", REMOVED_AFTER + 10**6)):
        told = Summary(name, 0, now - age, 1, 1, 0, "live", False)
        await feeder.redis.hset(names.gateways(), address_of(name), encode_summary(told))
    await feeder.redis.hset(names.gateways(), "rubbish", "{")
    async with local_gateway(valkey_url, gateway_id="one", debug=True) as one:
        shown = [each["id"] for each in (await report_of(one.url))["gateways"]]
        assert shown == ["fresh", "one"]
        assert set(await feeder.redis.hkeys(names.gateways())) == {
            b"key",
            *(address_of(each).encode() for each in ("fresh", "silent", "one")),
        }


async def test_without_redis_it_shows_itself_and_says_why(private_valkey: PrivateValkey) -> None:
    async with Feeder(private_valkey.url), local_gateway(private_valkey.url, debug=True) as gateway:
        private_valkey.kill()
        report = await report_of(gateway.url)
        assert [each["id"] for each in report["gateways"]] == ["test"]
        assert "Redis does not answer" in report["problem"]


async def test_groups_come_by_size_and_are_bounded(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.http.debug.MAX_LISTED", 2)
    async with (
        local_gateway(valkey_url, debug=True) as gateway,
        open_stream(gateway.url, symbols="A,B", bars="1m"),
        open_stream(gateway.url, symbols="A,B", bars="1m"),
        open_stream(gateway.url, symbols="A", interval=250, format="array"),
        open_stream(gateway.url, symbols=",".join(f"SYMBOL{number}" for number in range(50))),
    ):
        report = await report_of(gateway.url)
        first, _ = report["groups"]
        assert report["groups_total"] == 3
        assert report["clients"] == {"waiting": 0, "opening": 0, "joining": 0, "live": 4, "lagging": 0}
        assert first == {
            "symbols": "A,B", "interval": 0, "format": "events", "encoding": "identity", "bars": ["1m"],
            "members": 2, "joining": 0, "users": 2, "pending": 0,
        }  # fmt: skip
        monkeypatch.setattr("tickcast.gateway.http.debug.MAX_LISTED", 9)
        texts = [group["symbols"] for group in (await report_of(gateway.url))["groups"]]
        assert max(map(len, texts)) < 100
        assert any(text.endswith("… (50)") for text in texts)


async def test_slow_streams_are_shown_with_their_reason_and_without_their_token(
    feeder: Feeder, valkey_url: str
) -> None:
    async with local_gateway(valkey_url, debug=True, compress=False) as gateway:
        slow = await small(gateway.url)
        await eventually(lambda: gateway.streams.registry)
        while not gateway.streams.slow.full:
            await feeder.tick(*SYMBOLS)
        [subscriber] = gateway.streams.slow.full
        report = await report_of(gateway.url)
        [shown] = report["slow"]
        assert report["slow_total"] == 1
        assert shown["stream"] == subscriber.stream[:8]
        assert (shown["state"], shown["buffered"] > 0) == ("lagging", True)
        assert "too slowly" in shown["reason"]
        assert 0 <= shown["since"] < 100_000
        assert subscriber.stream not in json.dumps(report)
        slow.close()


async def test_a_gateway_that_is_open_to_all_says_so_to_its_operator(valkey_url: str, tmp_path: Path) -> None:
    door, words = Door(tmp_path), "may read everything: set TICKCAST_AUTH_KEYS"
    public = {"host": "0.0.0.0"}
    for settings, says in ((public, True), ({}, False), (public | door.settings, False)):
        async with local_gateway(valkey_url, ready=False, debug=True, **settings) as gateway:
            # Its page is on the private port.
            assert (words in (await Debug(gateway.gateway).report())["problem"]) == says
