"""Requests begin a few at a time, and the addresses that wait have turns."""

import asyncio
from collections import Counter
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.transport.acceptor import BATCH
from tickcast.gateway.transport.request_turns import IN_A_PASS, MANY, RequestTurns
from tickcast.gateway.transport.takeover import MAX_QUEUED, TakeoverProtocol


def of(peer: str, forwarded: str = "") -> dict[str, Any]:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return {"path": "/healthz", "client": (peer, 1), "headers": headers}


async def all_begun(turns: RequestTurns, asked: list[tuple[dict[str, Any], str]]) -> list[list[str]]:
    """Let requests wait for their turns; return the names of those that began in each pass of the loop."""
    begun: list[str] = []

    def begin(name: str) -> bool:
        begun.append(name)
        return not name.startswith("left")

    for scope, name in asked:
        turns.ask(scope, partial(begin, name))
    passes = [list(begun)]
    while len(begun) < len(asked):
        before = len(begun)
        await asyncio.sleep(0)
        passes.append(begun[before:])
    return passes


async def test_a_few_begin_in_a_pass_and_the_others_in_order() -> None:
    names = [str(number) for number in range(3 * IN_A_PASS)]
    passes = await all_begun(RequestTurns(lambda peer, _: peer), [(of("a"), name) for name in names])
    assert list(chain(*passes)) == names
    assert max(map(len, passes)) == IN_A_PASS


async def test_an_address_does_not_wait_for_all_the_requests_of_another() -> None:
    asked = [(of("greedy"), f"greedy {number}") for number in range(1000)] + [(of("other"), "other")]
    passes = await all_begun(RequestTurns(lambda peer, _: peer), asked)
    assert list(chain(*passes)).index("other") <= IN_A_PASS + 1


async def test_behind_a_proxy_its_clients_have_turns() -> None:
    def address(peer: str, forwarded: str) -> str:
        return forwarded or peer

    asked = [(of("proxy", "greedy"), "greedy")] * 1000 + [(of("proxy", "other"), "other")]
    assert list(chain(*await all_begun(RequestTurns(address), asked))).index("other") <= IN_A_PASS + 1


async def test_who_has_left_takes_no_turn() -> None:
    turns = RequestTurns(lambda peer, _: peer)
    asked = [(of("a"), name) for name in ["first"] * IN_A_PASS + ["left"] * 100 + ["last"]]
    passes = await all_begun(turns, asked)
    assert [names for names in passes if names][1] == ["left"] * 100 + ["last"]


async def test_whoever_comes_while_others_wait_waits_too() -> None:
    turns = RequestTurns(lambda peer, _: peer)
    begun: list[int] = []

    def begin(number: int) -> bool:
        begun.append(number)
        return True

    for number in range(2 * IN_A_PASS + 1):
        turns.ask(of("a"), partial(begin, number))
    await asyncio.sleep(0)
    turns.ask(of("a"), partial(begin, -1))
    assert begun == list(range(2 * IN_A_PASS))


async def test_a_stream_does_not_wait() -> None:
    turns = RequestTurns(lambda peer, _: peer)
    begun: list[str] = []
    for _ in range(100):
        turns.ask(of("a"), lambda: bool(begun.append("other")) or True)
        turns.ask(of("a") | {"path": "/v1/stream"}, lambda: bool(begun.append("stream")) or True)
    assert begun.count("stream") == 100
    assert begun.count("other") == IN_A_PASS


async def test_while_many_wait_no_more_are_accepted_than_begin() -> None:
    turns = RequestTurns(lambda peer, _: peer)
    accepted = [turns.to_accept()]
    for _ in range(IN_A_PASS + MANY):
        turns.ask(of("a"), lambda: True)
    accepted.append(turns.to_accept())
    for _ in range(MANY):
        await asyncio.sleep(0)
    assert [*accepted, turns.to_accept()] == [BATCH, IN_A_PASS, BATCH]


async def test_a_flood_of_requests_begins_in_many_passes(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = True
    number = 0
    begun: Counter[int] = Counter()
    begin = TakeoverProtocol._begin

    def count(protocol: TakeoverProtocol, *request: Any) -> bool:
        begun[number] += 1
        return begin(protocol, *request)

    async def count_passes() -> None:
        nonlocal number
        while running:
            number += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(TakeoverProtocol, "_begin", count)
    parts = urlsplit(gateway.url)
    connections = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(20)]
    counting = asyncio.create_task(count_passes())
    request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    for _, writer in connections:
        writer.write(request * 2 * MAX_QUEUED)
    await eventually(lambda: begun.total() == 2 * MAX_QUEUED * len(connections))
    running = False
    await counting
    # One that begins between two of our own counts may belong to either.
    assert max(begun.values()) <= 2 * IN_A_PASS
    for reader, writer in connections:
        for _ in range(2 * MAX_QUEUED):
            assert b" 200 " in await reader.readline()
            await reader.readuntil(b"}")
        writer.close()
        await writer.wait_closed()
