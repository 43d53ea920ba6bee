"""Long answers: whole, whoever reads them how, and counted while they wait."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.support.event_stream import answer_of
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.slow_client import small
from tickcast.gateway.http.answers import PIECE
from tickcast.runtime.settings import MIB

SYMBOLS = [f"S{number:04}" for number in range(6000)]
SOME = "/v1/snapshot?symbols=S*"
"""All of them, but not kept for others."""


@pytest.fixture
async def long(feeder: Feeder, valkey_url: str) -> AsyncIterator[LocalGateway]:
    """A gateway whose snapshot has half a MB, and whose clients may hold a MB each; it believes them."""
    for at in range(0, len(SYMBOLS), 1000):
        await feeder.tick(*SYMBOLS[at : at + 1000])
    async with local_gateway(valkey_url, stream_bytes=4 * MIB, trusted_proxies="127.0.0.1") as gateway:
        yield gateway


async def test_a_long_answer_comes_whole(long: LocalGateway) -> None:
    answer = await answer_of(long.url, "/v1/snapshot")
    assert len(answer.body) == int(answer.headers["content-length"]) > 5 * PIECE
    assert [tick["S"] for tick in json.loads(answer.body)["ticks"]] == SYMBOLS
    await eventually(lambda: not long.hub.bytes.used)
    head = await answer_of(long.url, "/v1/snapshot", b"connection: close", method="HEAD")
    assert (head.status, head.headers["content-length"]) == (200, answer.headers["content-length"])


async def test_answers_that_wait_count_and_their_address_gets_no_more(long: LocalGateway) -> None:
    account, waiting = long.hub.bytes.account, []
    while account("127.0.0.1").used <= 0.7 * MIB:
        waiting.append(await small(long.url, SOME))
        await eventually(lambda: account("127.0.0.1").streams == len(waiting))
    assert 1 < len(waiting) <= 3
    refused = await answer_of(long.url, SOME)
    assert (refused.status, refused.headers["connection"]) == (429, "close")
    assert "answers that wait" in json.loads(refused.body)["detail"]
    # Another address is served, and so is a short answer.
    assert (await answer_of(long.url, SOME, b"x-forwarded-for: 192.0.2.1")).status == 200
    assert (await answer_of(long.url, "/v1/snapshot?symbols=S0001")).status == 200
    for client in waiting:
        client.close()
    await eventually(lambda: not long.hub.bytes.used)
    assert (await answer_of(long.url, SOME)).status == 200


async def test_answers_that_share_a_document_count_once(
    long: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.runtime.kept.TIMES", 10_000)
    monkeypatch.setattr("tickcast.runtime.kept.MOST", 60.0)
    account, waiting = long.hub.bytes.account, []
    for count in range(1, 6):
        waiting.append(await small(long.url, "/v1/snapshot"))
        await eventually(lambda count=count: account("127.0.0.1").streams == count)
    assert account("127.0.0.1").used < 0.5 * MIB
    for client in waiting:
        client.close()
    await eventually(lambda: not long.hub.bytes.used)


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(long: LocalGateway) -> None:
    # Two requests at once: uvicorn itself tells the second one alone that the client has gone.
    for target in ("/v1/snapshot", "/v1/snapshot HTTP/1.1\r\nhost: x\r\n\r\nGET /v1/symbols"):
        client = await small(long.url, target)
        await eventually(lambda: long.hub.bytes.used > 0)
        client.close()
        await eventually(lambda: not long.hub.bytes.used)
        assert not len(long.gateway.connections)
