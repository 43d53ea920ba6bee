"""Delayed prices at a gateway: whoever may have late ones alone gets no newer price by any way of reading."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from tests.support.event_stream import EventStream, answer_of, asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.granted import Door
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.access.grant import Grant
from tickcast.gateway.settings import parse_delays
from tickcast.gateway.view import Views
from tickcast.wire.bar import Bar
from tickcast.wire.instrument import Instrument
from tickcast.wire.names import FeedNames
from tickcast.wire.notice import SymbolState
from tickcast.wire.tick import Tick, encode_tick

NEW = "7777.5"
"""Stands in every live price, and in nothing that is late: no time or number of ours has a point in it."""

SYMBOLS = ("A", "B", "C")


class Feeds(NamedTuple):
    """Two gateways of one live and one delayed feed, and who writes these."""

    live: Feeder
    late: Feeder
    first: LocalGateway
    second: LocalGateway


async def move(feeder: Feeder, price: str) -> None:
    """Give each symbol a new price, and a bar with it."""
    now = time.time_ns() // 1000
    for symbol in SYMBOLS:
        feeder.counts[symbol] = q = feeder.counts.get(symbol, 0) + 1
        line = encode_tick(Tick(symbol, now, price), q)
        start = now // 60_000_000 * 60_000_000
        bar = Bar(symbol, "1m", start, price, price, price, price, "1", 1, q)
        await feeder.publish([(symbol.encode(), line)], bars=[bar])
        await feeder.say(SymbolState(symbol, "live", now))


@pytest.fixture
async def feeds(valkey_url: str, door: Door) -> AsyncIterator[Feeds]:
    """Feeds whose prices tell from which they are."""
    settings = {"delays": "15,60", **door.settings}
    async with AsyncExitStack() as stack:
        live = await stack.enter_async_context(Feeder(valkey_url))
        late = await stack.enter_async_context(Feeder(valkey_url, names=FeedNames("main-d15")))
        for feeder, reference in ((live, NEW), (late, "5")):
            await feeder.claim([Instrument(each, each, "1", reference, "USD") for each in SYMBOLS])
            await feeder.heartbeat()
            await move(feeder, reference)
        gateways = [
            await stack.enter_async_context(local_gateway(valkey_url, gateway_id=each, **settings))
            for each in ("one", "two")
        ]
        for each in gateways:
            view = each.gateway.views.all[1]
            await eventually(lambda view=view: view.state.is_live and len(view.last) == 3)
        yield Feeds(live, late, *gateways)


class Reader:
    """Reads at random with a token for late prices, and keeps all that it is sent."""

    def __init__(self, feeds: Feeds, door: Door, dice: random.Random) -> None:
        self.feeds, self.door, self.dice = feeds, door, dice
        self.streams: list[tuple[EventStream, str]] = []
        self.cursors = [""]
        self.read: list[bytes] = []

    @property
    def token(self) -> bytes:
        """Return a header with a token for prices up to 15 minutes late."""
        return self.door.header("*", delay=self.dice.choice([0.5, 10, 15]), sub="late")

    @property
    def url(self) -> str:
        """Return one of the gateways."""
        return self.dice.choice([self.feeds.first, self.feeds.second]).url

    async def answer(self) -> None:
        """Read what is no stream."""
        target = self.dice.choice(
            [
                "/v1/snapshot",
                "/v1/snapshot?symbols=A,B",
                "/v1/symbols",
                "/v1/symbols?symbols=A*",
                *(f"/v1/bars/{each}?interval={length}" for each in SYMBOLS for length in ("1m", "5m", "1h")),
            ]
        )
        answer = await answer_of(self.url, target, self.token)
        assert answer.status == 200, answer.body
        self.read.append(answer.body)

    async def open(self, stack: AsyncExitStack) -> None:
        """Open a stream, new or with a cursor, also with one of the live feed."""
        dice = self.dice
        query = {
            "symbols": dice.choice(["*", "A", "A,B*"]),
            "interval": dice.choice([0, 50, 250]),
            "bars": dice.choice(["1m", "1s,1m"]),
            "format": dice.choice(["events", "array"]),
        }
        if cursor := dice.choice(self.cursors):
            query["lastEventId"] = cursor
        stream = await stack.enter_async_context(
            asked(self.url, f"/v1/stream?{urlencode(query)}", self.token)
        )
        assert stream.status == 200, stream.body
        hello = await stream.expect("hello")
        assert (hello["name"], hello["delay"]) == ("main-d15", 900_000)
        self.streams.append((stream, hello["stream"]))

    async def change(self) -> None:
        """Change an open stream, or give it a new token for late prices."""
        if not self.streams:
            return
        _, stream = self.dice.choice(self.streams)
        if self.dice.random() < 0.3:
            token = self.door.token("*", delay=15, sub="late")
            await self.patch(stream, {"token": token}, b"authorization: Bearer " + token.encode())
        else:
            body = self.dice.choice([{"add": ["C"]}, {"drop": ["A"]}, {"bars": ["1m"]}])
            await self.patch(stream, body, self.token)

    async def patch(self, stream: str, body: dict[str, object], token: bytes) -> None:
        """Change a stream through either gateway."""
        text = json.dumps(body).encode()
        answer = await answer_of(self.url, f"/v1/streams/{stream}", token, method="PATCH", body=text)
        assert answer.status == 200, answer.body


@pytest.mark.parametrize("seed", range(4))
async def test_no_way_of_reading_gives_a_newer_price(feeds: Feeds, door: Door, seed: int) -> None:
    dice = random.Random(seed)
    reader = Reader(feeds, door, dice)
    async with (
        AsyncExitStack() as stack,
        asked(feeds.first.url, "/v1/stream?symbols=*", door.header("*")) as live,
    ):
        while len(reader.cursors) < 3:
            await move(feeds.live, NEW)
            events = await live.until(lambda event: event.type == b"tick")
            reader.cursors.append(events[-1].id.decode())
        for step in range(40):
            await dice.choice([reader.answer, reader.change, lambda: reader.open(stack)])()
            await move(feeds.live, f"{NEW}{step}")
            await move(feeds.late, f"6.{step}")
        # Everybody gets the newest late price of A, so all that came before it has come.
        for _, stream in reader.streams:
            await reader.patch(stream, {"add": ["A"]}, reader.token)
        await move(feeds.late, "99.5")
        for stream, _ in reader.streams:
            with_price = [event.data for event in stream.seen]
            while not any(b'"p":99.5' in data for data in with_price):
                with_price.append((await stream.next()).data)
            reader.read += with_price
    assert reader.streams
    assert len(reader.read) > 50
    assert not [data for data in reader.read if NEW.encode() in data]
    # The live feed does have them: the test would see one.
    assert any(NEW.encode() in event.data for event in live.seen)


async def test_a_token_gets_the_next_class_and_beyond_the_largest_none(feeds: Feeds, door: Door) -> None:
    for delay, name in ((0, "main"), (0.001, "main-d15"), (15, "main-d15"), (15.5, "main-d60")):
        token = door.header("*", delay=delay)
        async with asked(feeds.first.url, "/v1/stream?heartbeat=1000", token) as answer:
            hello = await answer.expect("hello")
            late = {"main": None, "main-d15": 900_000, "main-d60": 3_600_000}
            assert (hello["name"], hello.get("delay")) == (name, late[name])
            # Nobody writes main-d60. Another may be stale for a moment where this machine is busy.
            if name == "main-d60":
                assert hello["feed"] == "stale"
            elif hello["feed"] == "stale":
                await answer.until(lambda event: event.type == b"status" and b'"live"' in event.data)
            # The streams of every class are looked after.
            await answer.until(lambda event: event.type == b"heartbeat")
    answer = await answer_of(feeds.first.url, "/v1/snapshot", door.header("*", delay=61))
    assert answer.status == 403
    told = "61 minutes late; those of this gateway are live, 15 minutes late, 60 minutes late"
    assert told in answer.body.decode()


@pytest.mark.parametrize("through", ["first", "second"])
async def test_a_stream_of_live_prices_is_not_changed_by_a_token_for_late_ones(
    feeds: Feeds, door: Door, through: str
) -> None:
    async with asked(feeds.first.url, "/v1/stream?symbols=A", door.header("*")) as live:
        stream = (await live.expect("hello"))["stream"]
        url = getattr(feeds, through).url

        async def changed(token: str, body: dict[str, object]) -> EventStream:
            header = b"authorization: Bearer " + token.encode()
            content = json.dumps(body).encode()
            return await answer_of(url, f"/v1/streams/{stream}", header, method="PATCH", body=content)

        late = door.token("*", delay=15)
        for body in ({"add": ["B"]}, {"token": late}):
            answer = await changed(late, body)
            assert answer.status == 403, answer.body
            assert (
                "the token is for prices 15 minutes late, those of the stream are newer"
                in answer.body.decode()
            )
        assert (await changed(door.token("*"), {"add": ["B"]})).status == 200


async def test_frames_are_shared_within_a_class_and_never_across(feeds: Feeds, door: Door) -> None:
    async with AsyncExitStack() as stack:
        for delay in (0, 0, 15, 15):
            header = door.header("A", delay=delay)
            stream = await stack.enter_async_context(
                asked(feeds.first.url, "/v1/stream?symbols=A&snapshot=false", header)
            )
            await stream.expect("hello")
        for view in feeds.first.gateway.views.all[:2]:
            [group] = view.hub.groups.values()
            await eventually(lambda group=group: len(group.members) == 2)


async def test_the_bytes_of_all_classes_count_together(feeds: Feeds, door: Door) -> None:
    views = feeds.first.gateway.views.all
    async with AsyncExitStack() as stack:
        for delay in (0, 15):
            header = door.header("A", delay=delay)
            stream = await stack.enter_async_context(asked(feeds.first.url, "/v1/stream", header))
            await stream.expect("hello")
        assert all(view.hub.bytes is views[0].hub.bytes for view in views)
        assert views[0].hub.bytes.account("127.0.0.1").streams == 2
        assert len(feeds.first.gateway.registry) == 2


async def test_a_drain_ends_the_streams_of_every_class(feeds: Feeds, door: Door) -> None:
    async with asked(feeds.first.url, "/v1/stream?symbols=A", door.header("A", delay=15)) as late:
        await late.expect("hello")
        draining = asyncio.create_task(feeds.first.gateway.closing.drain())
        await late.until(lambda event: event.type == b"bye")
        await draining


def test_delays_are_minutes_each_once_in_order() -> None:
    assert parse_delays(" 60,15 ,0.05,15.0,") == [3000, 900_000, 3_600_000]
    for wrong in ("0", "-1", "1441", "15m", "1e1", "nan", "0.000001"):
        with pytest.raises(ValueError, match="minutes such as 15"):
            parse_delays(wrong)
    with pytest.raises(ValueError, match="at most 8"):
        parse_delays("1,2,3,4,5,6,7,8,9")


@pytest.mark.parametrize("minutes", ["0.27", "1.08", "4.07"])
def test_a_delay_that_is_no_float_is_that_of_its_class(minutes: str) -> None:
    views = object.__new__(Views)
    views.all = [SimpleNamespace(delay=delay) for delay in (0, *parse_delays(minutes))]  # type: ignore[misc]
    assert views.of(Grant("me", ("*",), delay=float(minutes))) is views.all[1]
