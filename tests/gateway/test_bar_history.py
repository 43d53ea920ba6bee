"""`GET /v1/bars/SYMBOL`: what Redis keeps and the newest, read once for all who ask."""

import asyncio
import json
from typing import Any

from tests.support.event_stream import answer_of, stream
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway
from wire.bar import INTERVALS, Bar

MINUTE = INTERVALS["1m"]


def bar(symbol: str, minute: int, q: int, interval: str = "1m") -> Bar:
    """Return a bar of one tick, the one with this `q`."""
    return Bar(symbol, interval, minute * INTERVALS[interval], "1.5", "2", "1", "1.25", None, 1, q)


async def minutes(feeder: Feeder, symbol: str, *starts: int) -> None:
    """Publish a tick and its bar for each of these minutes, a batch for each."""
    for start in starts:
        ticks = feeder.make(symbol)
        await feeder.publish(ticks, bars=[bar(symbol, start, feeder.counts[symbol])])


async def heard(gateway: LocalGateway, bars: int) -> None:
    """Wait until the gateway has taken that many bars."""
    await eventually(lambda: gateway.gateway.intake.bars == bars)


async def asked(gateway: LocalGateway, target: str) -> Any:
    """Return the document that a request for bars is answered with."""
    answer = await answer_of(gateway.url, f"/v1/bars/{target}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


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
    assert gateway.gateway.bar_history.reads == 1
    assert all(answer == answers[0] for answer in answers)
    await minutes(feeder, "A", 3, 3)
    await heard(gateway, 5)
    assert (await asked(gateway, "A"))["bars"][-1]["q"] == 5
    assert gateway.gateway.bar_history.reads == 1
    await minutes(feeder, "A", 4)
    await heard(gateway, 6)
    again = await asyncio.gather(*(asked(gateway, "A") for _ in range(100)))
    assert [each["q"] for each in again[0]["bars"]] == [1, 2, 5, 6]
    assert gateway.gateway.bar_history.reads == 2
