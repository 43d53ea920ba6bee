"""The work of a request with a token counts for its subject too, from first to last; nobody else is asked."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.event_stream import answer_of, asked
from tests.support.granted import Door
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.cluster.messages import Ask
from tickcast.gateway.http.answers import LongAnswer
from tickcast.gateway.limits.payers import share_of
from tickcast.gateway.limits.work import BURST
from tickcast.gateway.streams.registry import digest_of

COSTS = 0.02
"""Seconds of CPU time."""


def costly(done: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes COSTS more."""

    def run(*args: Any) -> Any:
        until = time.thread_time() + COSTS
        while time.thread_time() < until:
            pass
        return done(*args)

    return run


@pytest.fixture
def owed(closed: LocalGateway) -> Callable[[], float]:
    """Return what the subject `me` owes, in s of CPU time, at a moment that lasts."""
    work = closed.gateway.work
    work._clock = work._own._clock = lambda: 1000.0
    return lambda: work._own.seconds(share_of("me")) * work._rate


async def test_a_subject_pays_for_the_opening_of_its_stream(
    closed: LocalGateway, door: Door, owed: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closed.gateway.live.resume, "open", costly(closed.gateway.live.resume.open))
    async with asked(closed.url, "/v1/stream", door.header("A")) as client:
        await client.begin()
        assert COSTS < owed() < 2 * COSTS


async def test_a_subject_pays_for_an_answer_until_it_is_sent(
    closed: LocalGateway, door: Door, owed: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    send = LongAnswer._send

    async def costly_send(*args: Any) -> None:
        await costly(send)(*args)

    monkeypatch.setattr(LongAnswer, "_send", costly_send)
    assert (await answer_of(closed.url, "/v1/snapshot", door.header("A"))).status == 200
    assert COSTS < owed() < 2 * COSTS


async def test_a_subject_pays_for_changes_that_other_gateways_send_on(
    closed: LocalGateway, door: Door, owed: Callable[[], float]
) -> None:
    async with asked(closed.url, "/v1/stream", door.header("A", "B")) as client:
        await client.begin()
        [opened] = closed.streams.registry
        before, work = owed(), closed.gateway.work

        def ask() -> int:
            ask = Ask(b"1", "other", 0, digest_of(opened.stream), b'{"add":["B"]}', "me", None)
            return closed.gateway.control.own.change_for_other(ask).status

        assert ask() == 200
        assert owed() > before
        work.charge_besides(share_of("me"), 2 * BURST * work._rate)
        assert ask() == 429


async def test_an_event_source_comes_back_when_its_subject_has_paid(closed: LocalGateway, door: Door) -> None:
    work = closed.gateway.work
    work.charge_besides(share_of("me"), 2 * BURST * work._rate)
    async with asked(closed.url, "/v1/stream", door.header("A")) as client:
        await client.finish()
        assert (client.status, client.seen) == (200, [])
        assert "busy with other requests of your subject" in client.text.decode()
        assert BURST * 1000 - 2000 < (client.sse.retry or 0) <= BURST * 1000 + 5000
    balanced = b"x-tickcast-balanced: 1"
    answer = await answer_of(closed.url, "/v1/stream", door.header("A"), balanced)
    assert (answer.status, answer.headers["ratelimit-policy"]) == (429, '"work";q=6000;w=60')
    assert "your subject" in json.loads(answer.body)["detail"]
    async with asked(closed.url, "/v1/stream", door.header("A", sub="modest")) as client:
        await client.begin()


async def test_whom_this_gateway_would_refuse_alone_redis_is_not_asked_about(
    closed: LocalGateway, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = door.header("*", streams=1)
    async with asked(closed.url, "/v1/stream?symbols=A", header) as client:
        await client.begin()

        async def most_here(subject: str, limit: int) -> int:
            raise AssertionError("others are asked")

        monkeypatch.setattr(closed.gateway.uses, "most_here", most_here)
        assert (await answer_of(closed.url, "/v1/stream?symbols=A", header)).status == 429
        monkeypatch.setattr(closed.gateway.live.bounds.bytes, "share", 1)
        other = door.header("*", sub="other", streams=1)
        assert (await answer_of(closed.url, "/v1/stream?symbols=A", other)).status == 429
        closed.gateway.closing.draining = True
        async with asked(closed.url, "/v1/stream?symbols=A", other) as put_off:
            await put_off.finish()
            assert "this gateway is draining" in put_off.text.decode()
        closed.gateway.closing.draining = False
