"""`tickcast.follow` against scripted answers: endings, statuses, a mute line, tokens, rights, changes."""

import base64
import json
import time
import zlib
from typing import Any

import pytest

import tickcast
from tests.support.eventually import eventually
from tests.support.following import places, take, until
from tests.support.scripted_gateway import (
    HANG,
    RESET,
    answer,
    cursor_of,
    event,
    hello,
    problem,
    scripted_gateway,
    snapshot,
    stream,
    tick,
    ticks,
)
from tickcast.client import upstream
from tickcast.client.encoding import EncodingError, unpacker

FIRST = hello() + snapshot("c1", tick("A", 1))
AGAIN = stream(hello("c1", "replayed") + ticks("c2", tick("A", 2)), HANG)


@pytest.mark.parametrize(
    "ending",
    [
        stream(FIRST),
        stream(FIRST, RESET),
        stream(FIRST + event("bye", {"reason": "drain", "retry": 10})),
        stream(FIRST + event("ticks", f"[{tick('A', 2)}]", "c2")[:-3]),
        stream(FIRST + b"data: x\r\n" * 4),
        stream(hello(heartbeat=100) + snapshot("c1", tick("A", 1)), HANG),
    ],
    ids=["end", "reset", "bye", "torn", "half an event", "mute"],
)
async def test_however_a_stream_ends_it_goes_on_behind_its_last_whole_event(ending: Any) -> None:
    async with scripted_gateway(ending, AGAIN) as gateway, tickcast.follow(gateway.url, "A") as prices:
        assert places(await take(prices, 2)) == [("A", 1), ("A", 2)]
        assert [cursor_of(request) for request in gateway.requests] == ["", "c1"]
        assert (prices.gaps, prices.state.reconnects) == ({}, 1)


@pytest.mark.parametrize(
    "passing",
    [
        problem(503, "draining", "Retry-After: 0\r\n"),
        problem(429, "full", "Retry-After: 0\r\n"),
        problem(408),
        answer(502, b"<html>bad gateway"),
        stream(b"retry: 10\n\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "end"),
        (b"nonsense\r\n\r\n", "end"),
        (b"", RESET),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: br\r\n\r\n", HANG),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + stream(b"")[0], "end"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: %b\r\n" % (b"y" * 70_000) + b"\r\n", HANG),
    ],
    ids=[
        "503",
        "429",
        "408",
        "502",
        "retry",
        "half a head",
        "no http",
        "reset",
        "coding",
        "early",
        "long head",
    ],
)
async def test_an_answer_that_may_pass_is_outlived(passing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "DEFAULT_RETRY", 10)
    async with (
        scripted_gateway(passing, stream(FIRST, HANG)) as gateway,
        tickcast.follow(gateway.url, "A") as prices,
    ):
        assert places(await take(prices, 1)) == [("A", 1)]


@pytest.mark.parametrize(
    ("final", "status", "words"),
    [
        (problem(400, "symbols: not a symbol"), 400, "HTTP 400: symbols: not a symbol"),
        (problem(401, "no token"), 401, "HTTP 401: no token"),
        (problem(403, "AAPL is not allowed"), 403, "HTTP 403: AAPL is not allowed"),
        (answer(404, b"<html>not here"), 404, "HTTP 404: <html>not here"),
        (answer(301, b"", "Location: https://x/\r\n"), 301, "HTTP 301: it has moved to https://x/"),
        (answer(200, b"<html>welcome"), 200, "HTTP 200: <html>welcome"),
    ],
)
async def test_a_refusal_for_good_ends_it_and_says_why(final: Any, status: int, words: str) -> None:
    async with scripted_gateway(final) as gateway, tickcast.follow(gateway.url, "A") as prices:
        with pytest.raises(tickcast.StreamRefusedError) as refused:
            await take(prices, 1)
        assert (str(refused.value), refused.value.status) == (words, status)
        assert (prices.state.link, len(gateway.requests)) == ("closed", 1)


async def test_what_something_on_the_way_answers_passes_once_a_stream_came_that_way() -> None:
    answers = [stream(FIRST), answer(403, b"<html>blocked"), answer(404, b"<html>"), AGAIN]
    async with scripted_gateway(*answers) as gateway, tickcast.follow(gateway.url, "A") as prices:
        assert places(await take(prices, 2)) == [("A", 1), ("A", 2)]


async def test_a_reset_is_a_gap_and_symbols_that_are_gone_are_retired() -> None:
    first = (
        hello() + snapshot("c1", tick("A", 5), tick("B", 5)) + event("state", {"S": "A", "state": "halted"})
    )
    second = hello("c1", "reset") + snapshot("c9", tick("A", 9)) + ticks("c10", tick("A", 10))
    async with scripted_gateway(stream(first), stream(second, HANG)) as gateway:
        async with tickcast.follow(gateway.url, "A,B") as prices:
            found = await take(prices, 8)
        assert places(found[:2]) == [("A", 5), ("B", 5)]
        assert found[2:4] == [tickcast.State("A", "halted", None), tickcast.Gap("reset", "c1", None)]
        assert places(found[4:5]) == [("A", 9)]
        assert found[5:7] == [tickcast.Retired(("B",), "reset"), tickcast.State("A", "live", None)]
        assert places(found[7:]) == [("A", 10)]
        assert prices.gaps == {"reset": 1}


async def test_a_number_that_is_left_out_is_a_gap_and_what_comes_again_is_passed_over() -> None:
    body = (
        FIRST
        + ticks("c2", tick("A", 2))
        + ticks("c3", tick("A", 4), tick("A", 4), tick("A", 3), tick("A", 5))
    )
    async with scripted_gateway(stream(body, HANG)) as gateway, tickcast.follow(gateway.url, "A") as prices:
        found = await take(prices, 5)
    assert places([*found[:2], *found[3:]]) == [("A", 1), ("A", 2), ("A", 4), ("A", 5)]
    assert found[2] == tickcast.Gap("hole", "c2", "c3")


async def test_an_event_that_cannot_be_read_is_passed_over_and_does_not_end_the_stream() -> None:
    bad = [
        ticks("c2", '{"S":"A","q":"x","t":1,"p":1}'),
        event("gap", "[]"),
        event("state", "{"),
        event("x", "y"),
    ]
    body = FIRST + b"".join(bad) + ticks("c3", tick("A", 2))
    async with scripted_gateway(stream(body, HANG)) as gateway, tickcast.follow(gateway.url, "A") as prices:
        assert places(await take(prices, 2)) == [("A", 1), ("A", 2)]


async def test_a_stream_in_gzip_is_read_as_it_comes() -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(FIRST) + packer.flush(zlib.Z_SYNC_FLUSH)
    async with scripted_gateway(stream(packed, HANG, "Content-Encoding: gzip\r\n")) as gateway:
        async with tickcast.follow(gateway.url, "A") as prices:
            assert places(await take(prices, 1)) == [("A", 1)]
        assert "gzip" in gateway.requests[0].lower().partition("accept-encoding:")[2].partition("\r\n")[0]


def jwt(seconds: float) -> str:
    """Return what looks like a token that expires in so many seconds."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode()).rstrip(b"=")
    return f"h.{claims.decode()}.s"


async def test_a_token_is_asked_for_at_each_opening_and_renewed_before_it_expires() -> None:
    made = [jwt(4), jwt(3600)]
    answers = [stream(FIRST, HANG), answer(200, b'{"stream":"s1"}')]
    async with scripted_gateway(*answers) as gateway:
        async with tickcast.follow(gateway.url, "A", token=lambda: made[len(gateway.requests)]) as prices:
            await take(prices, 1)
            await eventually(lambda: len(gateway.requests) == 2)
        opened, renewed = gateway.requests
    assert f"Authorization: Bearer {made[0]}\r\n" in opened
    assert renewed.startswith("PATCH /v1/streams/s1 ")
    assert json.loads(renewed.partition("\r\n\r\n")[2]) == {"token": made[1]}


async def test_a_new_token_follows_one_that_is_refused_and_a_fixed_one_does_not() -> None:
    async def make() -> str:
        return f"token{len(gateway.requests)}"

    answers = [stream(FIRST), problem(401, "expired"), AGAIN]
    async with scripted_gateway(*answers) as gateway:
        async with tickcast.follow(gateway.url, "A", token=make) as prices:
            assert places(await take(prices, 2)) == [("A", 1), ("A", 2)]
        assert [f"token{n}" in request for n, request in enumerate(gateway.requests)] == [True] * 3
    async with (
        scripted_gateway(problem(401, "expired")) as gateway,
        tickcast.follow(gateway.url, "A", token="fixed") as prices,
    ):
        with pytest.raises(tickcast.StreamRefusedError, match="HTTP 401: expired"):
            await take(prices, 1)


async def test_what_the_function_for_the_token_raises_first_is_raised() -> None:
    def broken() -> str:
        raise LookupError("no such user")

    async with tickcast.follow("http://127.0.0.1:1", "A", token=broken) as prices:
        with pytest.raises(LookupError, match="no such user"):
            await take(prices, 1)


async def test_with_other_rights_it_starts_over_without_the_cursor() -> None:
    more = hello("c1", "live", rights="b")
    answers = [
        stream(hello(rights="a") + snapshot("c1", tick("A", 1))),
        stream(more, HANG),
        stream(hello(rights="b") + snapshot("c5", tick("A", 1), tick("B", 1)), HANG),
    ]
    async with scripted_gateway(*answers) as gateway, tickcast.follow(gateway.url, "*") as prices:
        found = await take(prices, 3)
        assert [cursor_of(request) for request in gateway.requests] == ["", "c1", ""]
    assert (found[1].reason, places([found[0], found[2]])) == ("reset", [("A", 1), ("B", 1)])


async def test_what_was_added_and_has_no_snapshot_yet_is_added_again_after_a_cut() -> None:
    changed = event("symbols", {"symbols": 2, "added": ["B"], "dropped": []})
    answers = [
        stream(FIRST, HANG),
        answer(200, b"{}"),
        stream(hello("c1", "live", stream="s2"), HANG),
        answer(200, b"{}"),
    ]
    async with scripted_gateway(*answers) as gateway:
        async with tickcast.follow(gateway.url, "A") as prices:
            await take(prices, 1)
            await prices.add("B")
            gateway.cut(changed)
            await until(prices, lambda _: len(gateway.requests) == 4, status=True)
        _, first, again, second = gateway.requests
    assert "symbols=A " in again
    assert cursor_of(again) == "c1"
    assert json.loads(first.partition("\r\n\r\n")[2]) == {"add": ["B"], "drop": []}
    assert second.startswith("PATCH /v1/streams/s2 ")
    assert json.loads(second.partition("\r\n\r\n")[2]) == {"add": ["B"], "drop": []}


async def test_a_change_that_something_on_the_way_denies_opens_the_stream_with_it() -> None:
    whole = hello(stream="s2") + snapshot("c7", tick("A", 3), tick("B", 1))
    answers = [stream(FIRST, HANG), answer(403, b"<html>no PATCH here"), stream(whole, HANG)]
    async with scripted_gateway(*answers) as gateway, tickcast.follow(gateway.url, "A") as prices:
        await take(prices, 1)
        await prices.add("B")
        found = await take(prices, 3)
        assert "symbols=A,B" in gateway.requests[2]
    assert (found[0].reason, places(found[1:])) == ("reset", [("A", 3), ("B", 1)])


def test_a_coding_that_was_not_asked_for_is_named() -> None:
    with pytest.raises(EncodingError, match="'br', which was not asked for"):
        unpacker("br")
