"""`tickcast.follow` with a list too long for a URL, against scripted answers."""

import json
from typing import Any

import pytest

import tickcast
from tests.support.eventually import eventually
from tests.support.following import places, take
from tests.support.scripted_gateway import (
    HANG,
    RESET,
    answer,
    body_of,
    cursor_of,
    hello,
    problem,
    scripted_gateway,
    snapshot,
    stream,
    tick,
    ticks,
)

FIRST = hello() + snapshot("c1", tick("A", 1))
MANY = [f"SYMBOL{number}" for number in range(1000)]


async def test_a_long_list_is_asked_for_in_a_body_after_a_cut_too() -> None:
    first = stream(hello() + snapshot("c1", *(tick(symbol, 1) for symbol in MANY)))
    again = stream(hello("c1", "replayed") + ticks("c2", tick(MANY[7], 2)), HANG)
    async with (
        scripted_gateway(first, (b"", RESET), again) as gateway,
        tickcast.follow(gateway.url, MANY, interval=250, bars="1m,1s") as prices,
    ):
        assert places((await take(prices, 1001))[-1:]) == [(MANY[7], 2)]
        assert [request.partition(" ")[0] for request in gateway.requests] == ["QUERY"] * 3
        asked = {"interval": 250, "format": "array", "bars": ["1m", "1s"], "symbols": MANY}
        assert [body_of(request) for request in gateway.requests] == [asked] * 3
        assert [cursor_of(request) for request in gateway.requests] == ["", "c1", "c1"]
        assert "content-type: application/json\r\n" in gateway.requests[0].lower()


async def test_a_gateways_refusal_of_a_long_list_is_one() -> None:
    async with scripted_gateway(problem(400, "symbols: too many")) as gateway:
        with pytest.raises(tickcast.StreamRefusedError, match="too many"):
            async with tickcast.follow(gateway.url, MANY) as prices:
                await anext(prices)
        assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    "denied", [answer(403, b"<html>no QUERY here"), problem(405, "QUERY is not allowed here"), (b"", RESET)]
)
async def test_a_list_too_long_for_a_proxy_is_shortened_and_the_rest_is_added(denied: Any) -> None:
    symbols = MANY
    answers = [denied, answer(414, b"<html>too long"), stream(FIRST, HANG), answer(200, b"{}")]
    async with scripted_gateway(*answers) as gateway, tickcast.follow(gateway.url, symbols) as prices:
        await take(prices, 1)
        await eventually(lambda: len(gateway.requests) == 4)
        _, _, opened, patched = gateway.requests
    line = opened.partition("\r\n")[0]
    assert len(line) < 8000
    here = line.partition("symbols=")[2].split(" ")[0].split(",")
    assert here + json.loads(patched.partition("\r\n\r\n")[2])["add"] == symbols
