"""Bars from a real publisher: they prove that they saw every tick, live and in the history."""

import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.support.event_stream import EventStream, answer_of, opened, stream
from tests.support.local_gateway import local_gateway
from tests.support.programs import running_publisher
from tests.support.redundant import redis_cluster

pytestmark = pytest.mark.timeout(300)

SOURCE: dict[str, Any] = {"symbols": 5, "rate": 200.0, "seed": 7}


class Series:
    """The bars of one key, as the events of streams tell them one after the other."""

    def __init__(self) -> None:
        self.final: list[dict[str, Any]] = []
        self.newest: dict[str, Any] = {}

    def take(self, bar: dict[str, Any]) -> None:
        """Take the next event; be sure that no tick is missing before it."""
        before = self.newest
        if before and bar["t"] != before["t"]:
            assert bar["t"] > before["t"]
            # The bar before was told in its last state: this one begins with the tick after it.
            assert bar["q"] - bar["n"] == before["q"]
            self.final.append(before)
        elif before:
            assert bar["q"] > before["q"]
            assert bar["q"] - bar["n"] == before["q"] - before["n"]
        self.newest = bar


async def follow(client: EventStream, series: dict[str, Series], final: int) -> None:
    """Read until every one of `series` has got that many final bars."""
    while len(series) < SOURCE["symbols"] or any(len(each.final) < final for each in series.values()):
        event = await client.next()
        # A busy machine can make a publisher silent for so long that clients get a `status`.
        assert event.type in (b"hello", b"snapshot", b"tick", b"bar", b"heartbeat", b"status"), event
        if event.type == b"bar":
            bar = json.loads(event.data)
            series.setdefault(bar["S"], Series()).take(bar)


@pytest.mark.parametrize(("partitions", "interval"), [(1, 0), (1, 250), (16, 250)])
async def test_bars_have_seen_every_tick_over_a_cut_and_the_history_is_what_was_streamed(
    valkey_url: str, partitions: int, interval: int
) -> None:
    async with AsyncExitStack() as programs:
        url = valkey_url if partitions == 1 else programs.enter_context(redis_cluster()).url
        await programs.enter_async_context(running_publisher(url, partitions=partitions, **SOURCE))
        gateways = [
            await programs.enter_async_context(
                local_gateway(url, partitions=partitions, gateway_id=f"gw-{number}")
            )
            for number in range(2)
        ]
        series: dict[str, Series] = {}
        async with opened(gateways[0].url, bars="1s", interval=interval) as client:
            await follow(client, series, final=2)
        cursor = next(event.id.decode() for event in reversed(client.seen) if event.id)
        async with stream(gateways[1].url, cursor, bars="1s", interval=interval) as again:
            assert (await again.expect("hello"))["resumed"] != "reset"
            await follow(again, series, final=4)
            for symbol, streamed in series.items():
                answer = await answer_of(gateways[0].url, f"/v1/bars/{symbol}?interval=1s")
                history = {bar["t"]: bar for bar in json.loads(answer.body)["bars"]}
                assert [history[bar["t"]] for bar in streamed.final] == streamed.final
