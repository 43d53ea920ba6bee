"""Forged ids, forged asks and copies of true ones, and more than a gateway can ask: none reaches a stream."""

import asyncio
import time
from typing import Any

import pytest
import redis.asyncio

from tests.gateway.pair import problem_of, two_gateways
from tests.support.changing import open_stream, patch
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.servers import valkey
from tickcast.gateway.cluster.control import ASKS_AT_ONCE
from tickcast.gateway.cluster.messages import Ask, encode_ask
from tickcast.gateway.cluster.own_streams import CHANGES_AT_ONCE
from tickcast.gateway.cluster.taken import FRESH, TakenAsks
from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.limits.rate import Rates
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.gateway.streams.registry import digest_of
from tickcast.gateway.streams.stream_ids import StreamIds, address_of
from tickcast.runtime.problem import Problem
from tickcast.wire.names import MAIN as names

NOW = 1795384800.0


def ask(stream_id: str, body: bytes, sent: float | None = None, number: bytes = b"0" * 16) -> Ask:
    at = int((time.time() if sent is None else sent) * 1000)
    return Ask(number, "AAAAAAAA", at, digest_of(stream_id[8:-11]), body)


async def test_an_id_that_no_gateway_made_asks_nobody(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        published = 0
        publish = FeedClient.publish

        async def counted(client: FeedClient, channel: str, message: bytes) -> int:
            nonlocal published
            published += b"ask" in message
            return await publish(client, channel, message)

        monkeypatch.setattr(FeedClient, "publish", counted)
        forged = StreamIds(ClusterKey(), "one").of("A" * 22)
        for wrong in (forged, stream_id[:-1] + ("A" if stream_id[-1] != "A" else "B"), "one.AAAA"):
            problem_of(await patch(other.url, wrong, {}), 404)
        assert published == 0
        assert (await patch(other.url, stream_id, {})).status_code == 200
        assert published == 1


async def test_an_ask_is_taken_by_its_mac_once_and_in_its_time(feeder: Feeder, valkey_url: str) -> None:
    async with local_gateway(valkey_url) as gateway, open_stream(gateway.url, symbols="A") as (_, stream_id):
        control, key = gateway.gateway.control, gateway.gateway.key
        await eventually(lambda: control._listening)
        [subscriber] = gateway.streams.registry
        channel = names.gateway(gateway.gateway.ids.address)

        async def sent(message: bytes) -> list[bytes]:
            before = control.poisoned
            await feeder.redis.publish(channel, message)
            await eventually(lambda: control.poisoned > before or subscriber.asked.selection.names != was)
            return list(subscriber.asked.selection.names)

        was = subscriber.asked.selection.names
        for forged in (
            encode_ask(ask(stream_id, b'{"add":["X"]}'), ClusterKey()),
            encode_ask(ask(stream_id, b'{"add":["X"]}', time.time() - 2 * FRESH), key),
            encode_ask(ask(stream_id, b'{"add":["X"]}', time.time() + 2 * FRESH), key),
        ):
            assert await sent(forged) == [b"A"]
        true = encode_ask(ask(stream_id, b'{"add":["B"]}'), key)
        # Another body behind the same head, as whoever listens to the channel can send it.
        assert await sent(true.replace(b'"B"', b'"C"')) == [b"A"]
        assert await sent(true) == [b"A", b"B"]
        was = subscriber.asked.selection.names
        assert (await patch(gateway.url, stream_id, {"drop": ["B"]})).status_code == 200
        was = subscriber.asked.selection.names
        assert await sent(true) == [b"A"]
        assert control.poisoned == 5


def test_a_number_is_remembered_as_long_as_its_ask_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOW
    monkeypatch.setattr("tickcast.gateway.cluster.taken.time.time", lambda: now)
    taken = TakenAsks()
    # The sender's clock is ahead.
    sent = int((NOW + FRESH - 1) * 1000)
    assert taken.take(b"one", sent) == ""
    for later in range(0, int(3 * FRESH), 5):
        now = NOW + later
        assert taken.take(b"one", sent) != ""
    assert not taken._numbers or now < NOW + 2 * FRESH
    assert taken.take(b"two", int(now * 1000)) == ""


def test_more_asks_than_can_be_remembered_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickcast.gateway.cluster.taken.MOST", 3)
    taken, now = TakenAsks(), int(time.time() * 1000)
    assert [taken.take(b"%d" % number, now) for number in range(4)] == ["", "", "", "too many asks"]


@pytest.mark.parametrize("through", [0, 1])
async def test_a_stream_is_changed_so_often_and_others_go_on(
    feeder: Feeder, valkey_url: str, through: int
) -> None:
    async with (
        two_gateways(valkey_url) as gateways,
        open_stream(gateways[0].url, symbols="A") as (_, stream_id),
        open_stream(gateways[0].url, symbols="A") as (_, other_id),
    ):
        for gateway in gateways:
            gateway.gateway.control.own.rates = Rates(1, 0.1)
        assert (await patch(gateways[through].url, stream_id, {"add": ["B"]})).status_code == 200
        answer = await patch(gateways[through].url, stream_id, {"add": ["C"]})
        assert "changes of this stream" in problem_of(answer, 429)
        assert int(answer.headers["retry-after"]) >= 1
        assert (await patch(gateways[through].url, other_id, {"add": ["C"]})).status_code == 200
    assert CHANGES_AT_ONCE >= 60


async def test_a_gateway_that_hangs_holds_up_neither_the_feed_nor_changes_elsewhere(
    feeder: Feeder, valkey_url: str
) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        # Somebody listens there, and says nothing.
        silent = StreamIds(other.gateway.key, "silent")
        async with feeder.redis.pubsub() as listening:
            await listening.subscribe(names.gateway(address_of("silent")))
            change = other.gateway.control.change
            hung = [
                asyncio.create_task(change(silent.of(f"{number:022}"), b"{}"))
                for number in range(3 * ASKS_AT_ONCE)
            ]
            await eventually(lambda: len(other.gateway.control._pending) == 3 * ASKS_AT_ONCE)
            before = len(await feeder.redis.client_list())
            assert (await patch(other.url, stream_id, {"add": ["B"]})).status_code == 200
            assert len(await feeder.redis.client_list()) <= before + 2
            await feeder.tick("A")
            await eventually(lambda: other.gateway.live.ingest.ticks == 1)
            for answer in await asyncio.gather(*hung, return_exceptions=True):
                assert isinstance(answer, Problem)
                assert answer.status == 504
        assert not other.gateway.control._pending


async def has_same_key(gateways: tuple[LocalGateway, LocalGateway]) -> bool:
    return gateways[0].gateway.key.newest == gateways[1].gateway.key.newest


async def test_gateways_without_a_key_share_the_one_in_redis_whatever_becomes_of_it(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.gateway.cluster.membership.PERIOD", 0.05)
    async with two_gateways(valkey_url) as gateways, open_stream(gateways[0].url) as (_, stream_id):
        await eventually(lambda: has_same_key(gateways))
        for rubbish in (b"rubbish", b"x" * 1_000_000, b"ab" * 32, None):
            if rubbish is None:
                await feeder.redis.delete(names.gateways())
            else:
                await feeder.redis.hset(names.gateways(), "key", rubbish)
            await eventually(lambda: stands(feeder, gateways))
            # Ids of before are good.
            assert (await patch(gateways[1].url, stream_id, {})).status_code == 200


async def stands(feeder: Feeder, gateways: tuple[LocalGateway, LocalGateway]) -> bool:
    held = await feeder.redis.hget(names.gateways(), "key")
    return {each.gateway.key.newest.hex().encode() for each in gateways} == {held}


async def test_what_gateways_tell_each_other_goes_to_a_redis_of_its_own(
    feeder: Feeder, valkey_url: str, tmp_path: Any
) -> None:
    (tmp_path / "key").write_bytes(b"k" * 64)
    with valkey() as control_url:
        given = {"control_url": control_url, "cluster_key_file": tmp_path / "key"}
        async with two_gateways(valkey_url, **given) as (one, other), open_stream(one.url) as (_, stream_id):
            assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200
            assert not await feeder.redis.exists(names.gateways())
            assert await feeder.redis.pubsub_channels("*gateway:*") == []
            seen = await one.gateway.membership.members()
            assert [each.id for each in seen] == ["one", "other"]
            assert b"key" not in await one.gateway.control_client.ask("HKEYS", names.gateways())


@pytest.mark.parametrize("filled", ["entries", "bytes", "kind"])
async def test_a_redis_of_their_own_has_a_list_within_bounds_too(
    feeder: Feeder, valkey_url: str, tmp_path: Any, filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_bytes(b"k" * 64)
    with valkey() as control_url:
        given = {"control_url": control_url, "cluster_key_file": tmp_path / "key"}
        async with (
            two_gateways(valkey_url, **given) as (one, _),
            redis.asyncio.Redis.from_url(control_url) as control,
        ):
            membership = one.gateway.membership
            await fill_list(control, filled)
            for _ in range(5):
                assert await membership.members() == []
            said = capsys.readouterr().out
            assert said.count("the list of gateways is too long to be read") <= 1

            async def is_whole() -> bool:
                return [each.id for each in await membership.members()] == ["one", "other"]

            await eventually(is_whole)
            assert await control.hlen(names.gateways()) == 2


async def fill_list(control: Any, how: str) -> None:
    """Fill the list of gateways in one step."""
    match how:
        case "entries":
            await control.hset(names.gateways(), mapping={f"x{number}": "x" for number in range(5000)})
        case "bytes":
            await control.hset(names.gateways(), "x", b"x" * 5_000_000)
        case _:
            await control.set(names.gateways(), "x")
