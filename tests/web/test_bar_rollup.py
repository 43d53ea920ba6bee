"""The chart's longer bars are those of `GET /v1/bars` after every tick: the page joins minutes likewise."""

import asyncio
import json
import random
from asyncio.subprocess import PIPE
from typing import Any

import httpx2

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.servers import valkey
from tests.web.node import HERE, node
from tickcast.wire.bar import INTERVALS, Bar
from tickcast.wire.joined_bars import joined
from tickcast.wire.tick import Tick, encode_tick

MINUTE = 60_000_000
START = 1_795_384_800_000_000 - 7 * MINUTE
"""Seven minutes before an hour, µs since the epoch: the first bars are not whole."""
TICKS = 160
ROLLED_UP = ("5m", "15m", "1h", "1d")


class Forming:
    """The bars of one symbol as a publisher forms and sends them: longer ones when a minute has ended."""

    def __init__(self) -> None:
        self.minutes: list[Bar] = []

    def tick(self, time: int, price: str, size: str, q: int) -> list[Bar]:
        """Return the bars that are sent with a tick."""
        one = Bar("A", "1m", time - time % MINUTE, price, price, price, price, size, 1, q)
        if self.minutes and self.minutes[-1].start == one.start:
            self.minutes[-1] = joined([self.minutes[-1], one], "1m", one.start)
            return [self.minutes[-1]]
        ended = [self._long(interval, self.minutes) for interval in ("1d", "15m")] if self.minutes else []
        begins = {bar.interval: bar for bar in ended}
        self.minutes.append(one)
        ended += [
            one._replace(interval=interval, start=self._start(interval, one))
            for interval in ("1d", "15m")
            if interval not in begins or begins[interval].start != self._start(interval, one)
        ]
        return [*ended, one]

    def _long(self, interval: str, minutes: list[Bar]) -> Bar:
        start = self._start(interval, minutes[-1])
        return joined([each for each in minutes if each.start >= start], interval, start)

    def _start(self, interval: str, minute: Bar) -> int:
        return minute.start - minute.start % INTERVALS[interval]


async def test_after_every_tick_the_rolled_up_bars_are_those_of_the_gateway() -> None:
    dice, forming, time, sent = random.Random(3), Forming(), START, 0
    steps: list[dict[str, Any]] = []
    with valkey() as redis_url:
        async with (
            Feeder(redis_url) as feeder,
            local_gateway(redis_url) as gateway,
            httpx2.AsyncClient(base_url=gateway.url, trust_env=False, timeout=60) as client,
        ):
            for q in range(1, TICKS + 1):
                time += dice.choice([1, 9, 20, 45, 130, 700]) * 1_000_000
                price, size = f"{100 + dice.gauss(0, 2):.2f}", f"{dice.randint(1, 400) / 10}"
                bars = forming.tick(time, price, size, q)
                tick = encode_tick(Tick("A", time, price, size), q)
                await feeder.publish([(b"A", tick)], bars=bars)
                sent += len(bars)
                await eventually(lambda count=sent: gateway.gateway.live.ingest.bars == count)
                answers = {each: await bars_of(client, each) for each in ROLLED_UP}
                steps.append({"bars": [fields(bar) for bar in bars], "answers": answers})
    wrong = json.loads(await compared(steps))
    assert {interval: found["wrong"] for interval, found in wrong.items()} == {key: [] for key in ROLLED_UP}
    # From every step of the way a chart has begun, and gone on to the end.
    assert {found["compared"] for found in wrong.values()} == {TICKS * (TICKS - 1) // 2}


async def bars_of(client: httpx2.AsyncClient, interval: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/bars/A", params={"interval": interval, "limit": 2})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["bars"]
    return found


def fields(bar: Bar) -> dict[str, Any]:
    """Return a bar as it stands in JSON."""
    prices = {name: float(each) for name, each in zip("ohlc", bar[3:7], strict=True)}
    volume = float(bar.volume or 0)
    counts = {"v": volume, "n": bar.ticks, "q": bar.q}
    return {"S": bar.symbol, "i": bar.interval, "t": bar.start, **prices, **counts}


async def compared(steps: list[dict[str, Any]]) -> str:
    process = await asyncio.create_subprocess_exec(
        node(), "rolled_up.mjs", json.dumps(list(ROLLED_UP)), cwd=HERE, stdin=PIPE, stdout=PIPE
    )
    output, _ = await process.communicate(json.dumps(steps).encode())
    assert process.returncode == 0
    return output.decode()
