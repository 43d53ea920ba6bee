"""A feed without its publisher or its Redis: clients are told that it is stale, and live again."""

import json

import pytest

from tests.support.event_stream import answer_of, asked, opened, stream, ticks_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import PrivateValkey
from tickcast.wire.names import MAIN as names


@pytest.fixture
def patience() -> None:
    """Here feeds become stale as they do in production."""


async def test_a_redis_that_is_not_there_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "tickcast.gateway.feed.feed.log.warning", lambda text, **_: said.append(text), raising=False
    )
    async with local_gateway("redis://127.0.0.1:1", ready=False) as gateway:
        await eventually(lambda: gateway.gateway.live.feed.reconnects > 2)
    assert said == ["no connection to Redis, trying again"]


async def test_without_a_publisher_the_feed_is_stale_in_words_and_live_when_it_comes_back(
    gateway: LocalGateway, feeder: Feeder
) -> None:
    async with stream(gateway.url) as client:
        *_, told = await client.until(lambda event: event.type == b"status")
        status = json.loads(told.data)
        assert (status["feed"], status["reason"]) == ("stale", "no heartbeat from the publisher")
        assert status["age"] is None  # no batch is known
        async with stream(gateway.url) as late:
            await late.expect("hello")
            assert (await late.expect("status"))["feed"] == "stale"
        await feeder.heartbeat()
        await client.until(lambda event: event.type == b"status" and b'"live"' in event.data)


async def test_a_hung_redis_makes_the_feed_stale_and_nothing_that_it_kept_is_lost(
    private_valkey: PrivateValkey,
) -> None:
    async with (
        Feeder(private_valkey.url) as feeder,
        local_gateway(private_valkey.url) as gateway,
        opened(gateway.url) as client,
    ):
        async with feeder.beating():
            await feeder.tick("A")
            await client.ticks(1)
        private_valkey.pause()
        assert (await client.expect("status"))["feed"] == "stale"
        private_valkey.resume()
        await feeder.tick("A")
        events = await client.until(lambda event: event.type == b"status")
        events += await client.until(lambda event: event.type == b"tick") if not ticks_of(events) else []
        assert json.loads(next(e.data for e in events if e.type == b"status"))["feed"] == "live"
        assert ticks_of(events) == [("A", 2)]


async def test_a_redis_that_died_and_came_back_empty_is_followed_again(private_valkey: PrivateValkey) -> None:
    async with (
        Feeder(private_valkey.url) as feeder,
        local_gateway(private_valkey.url) as gateway,
        opened(gateway.url) as client,
    ):
        await feeder.tick("A")
        await client.ticks(1)
        last = await feeder.redis.hvals(names.last(0))
        private_valkey.kill()
        await eventually(lambda: not gateway.gateway.live.state.is_linked)
        assert (await answer_of(gateway.url, "/readyz")).status == 503
        # A balancer may find a better gateway; who came without one is told that prices are old.
        async with asked(gateway.url, "/v1/stream", b"x-tickcast-balanced: 1") as balanced:
            assert balanced.status == 503
        async with opened(gateway.url) as direct:
            assert (await direct.expect("status"))["reason"] == "no connection to Redis"
        private_valkey.restart()
        async with Feeder(private_valkey.url) as again:
            again.positions, again.counts = feeder.positions, feeder.counts
            await again.claim(renew=True, last=last)
            async with again.beating():
                events = await client.until(lambda event: event.type == b"snapshot")
                gap = next(json.loads(event.data) for event in events if event.type == b"gap")
                assert gap["reason"] == "feed"
                await again.tick("A")
                events = await client.until(lambda event: event.type == b"tick")
                assert ticks_of(events) == [("A", 2)]
        await eventually(lambda: gateway.gateway.is_ready)
