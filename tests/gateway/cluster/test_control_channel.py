"""The channel that carries changes between gateways: what goes over it, and when no answer comes."""

import asyncio
import signal
import time

import pytest

from tests.gateway.pair import problem_of, two_gateways
from tests.support.changing import open_stream, patch, reachable
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tests.support.programs import running_gateway
from tests.support.servers import PrivateValkey
from tickcast.gateway.cluster.control import PATIENCE
from tickcast.gateway.cluster.membership import ALIVE_WITHIN, Summary, encode_summary
from tickcast.gateway.streams.stream_ids import HOLDER, MAC, StreamIds, address_of
from tickcast.wire.names import MAIN as names


async def test_no_token_goes_over_redis(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        async with feeder.redis.pubsub() as listening:
            await listening.subscribe(*(names.gateway(address_of(each)) for each in ("one", "other")))
            assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200
            heard = b""
            while b" answer " not in heard:
                message = await listening.get_message(timeout=60)
                assert message is not None
                heard += message["data"] if message["type"] == "message" else b""
        assert b" ask " in heard
        assert stream_id[HOLDER:-MAC].encode() not in heard


async def test_rubbish_on_the_channel_is_counted_and_harms_nobody(feeder: Feeder, valkey_url: str) -> None:
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        for rubbish in (b"", b"\xff" * 100_000, b"2 answer 0123456789abcdef 200\n[]"):
            await feeder.redis.publish(names.gateway(address_of("one")), rubbish)
        await eventually(lambda: one.gateway.control.poisoned == 3)
        assert (await patch(other.url, stream_id, {"add": ["A"]})).status_code == 200


@pytest.mark.parametrize(("age", "status"), [(0, 503), (ALIVE_WITHIN, 404)])
async def test_a_gateway_that_does_not_listen_just_now_is_not_taken_for_gone(
    feeder: Feeder, valkey_url: str, age: int, status: int
) -> None:
    told = time.time_ns() // 1000 - age
    summary = encode_summary(Summary("deaf", told, told, 0, 0, 0, "live", False))
    async with local_gateway(valkey_url) as gateway:
        await eventually(lambda: gateway.gateway.control._listening)
        await feeder.redis.hset(names.gateways(), address_of("deaf"), summary)
        stream = StreamIds(gateway.gateway.key, "deaf").of("A" * 22)
        problem_of(await patch(gateway.url, stream, {}), status)


async def test_a_gateway_that_is_gone_is_told_at_once(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is no longer expected back.
    monkeypatch.setattr("tickcast.gateway.cluster.membership.ALIVE_WITHIN", 0)
    async with (
        local_gateway(valkey_url, gateway_id="other") as other,
        running_gateway(valkey_url, gateway_id="killed") as killed,
    ):
        await eventually(lambda: other.gateway.control._listening)
        async with open_stream(killed.url) as (_, stream_id):
            await eventually(lambda: reachable(other.url, stream_id))
            killed.signal(signal.SIGSTOP)
            assert "within 2 s" in problem_of(await patch(other.url, stream_id, {}), 504)
            killed.signal(signal.SIGCONT)
            killed.signal(signal.SIGKILL)
            await killed.ended()

            async def gone() -> bool:
                began = time.monotonic()
                answer = await patch(other.url, stream_id, {})
                assert time.monotonic() - began < PATIENCE
                return answer.status_code == 404

            await eventually(gone)


async def test_without_redis_a_change_of_another_gateway_is_refused_and_works_again_later(
    private_valkey: PrivateValkey,
) -> None:
    async with (
        Feeder(private_valkey.url),
        two_gateways(private_valkey.url) as (one, other),
        open_stream(one.url, symbols="A") as (_, stream_id),
    ):
        private_valkey.kill()
        problem_of(await patch(other.url, stream_id, {"add": ["C"]}), 503)
        # Its own streams need no Redis.
        assert (await patch(one.url, stream_id, {"add": ["B"]})).status_code == 200
        private_valkey.restart()

        async def carried() -> bool:
            answer = await patch(other.url, stream_id, {"add": ["C"]})
            return answer.status_code == 200 and answer.json()["symbols"] == ["A", "B", "C"]

        await eventually(carried)


async def test_a_channel_that_falls_silent_is_opened_anew(
    feeder: Feeder, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr("tickcast.gateway.cluster.control.PERIOD", 0.1)
    monkeypatch.setattr("tickcast.gateway.cluster.control.SILENCE", 0.3)
    async with two_gateways(valkey_url) as (one, other), open_stream(one.url) as (_, stream_id):
        following = [task for task in asyncio.all_tasks() if "Control._follow" in repr(task.get_coro())]
        with monkeypatch.context() as lost:
            # It looks well and hears nothing.
            lost.setattr(one.gateway.control, "_send", nothing)
            await eventually(lambda: any(task.done() for task in following))

        await eventually(lambda: reachable(other.url, stream_id))
