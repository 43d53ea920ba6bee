"""A publisher in this process that takes from the inbox, and programs that hand in."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.publisher.conftest import FedSource, Publishing, read_log
from tests.support.eventually import eventually
from tickcast.publisher.sources.inbox import inbox
from tickcast.wire.inbox import encode_entry
from tickcast.wire.names import MAIN as names
from tickcast.wire.scripts import HAND_IN

LIMIT = 64 * 1024 * 1024


def tick(symbol: str, price: object, **fields: object) -> bytes:
    """Return a line of a tick."""
    return json.dumps({"S": symbol, "p": price} | fields).encode()


async def hand_in(
    client: Any,
    *lines: bytes,
    by: str = "",
    number: int | None = None,
    partition: int = 0,
    limit: int = LIMIT,
    **kinds: list[bytes],
) -> list[bytes]:
    """Hand in ticks and lines of other kinds; return what the script answers."""
    entry = encode_entry(ticks=lines, by=by, number=number, **kinds)
    answer: list[bytes] = await client.eval(HAND_IN, 1, names.inbox(partition), limit, *entry)
    return answer


async def prices(client: Any, partition: int = 0) -> dict[str, list[tuple[int, str]]]:
    """Return q and price of every tick in the log, by symbol."""
    found: dict[str, list[tuple[int, str]]] = {}
    for batch in await read_log(client, partition):
        for symbol, text in batch.ticks:
            fields = json.loads(text, parse_float=str, parse_int=str)
            found.setdefault(symbol.decode(), []).append((int(fields["q"]), fields["p"]))
    return found


async def rejects(client: Any, partition: int = 0) -> list[dict[str, Any]]:
    """Return the refused lines, newest first."""
    return [json.loads(each) for each in await client.lrange(names.rejects(partition), 0, -1)]


async def emptied(client: Any, partition: int = 0) -> None:
    """Wait until the inbox is empty."""

    async def is_empty() -> bool:
        return not await client.xlen(names.inbox(partition))

    await eventually(is_empty)


class Taking(Publishing):
    """A publisher whose ticks come from the inbox."""


@pytest.fixture
async def taking(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Taking]]:
    """Return a function that starts a publisher of the inbox; it is ended after the test."""
    started: list[Taking] = []
    monkeypatch.setattr("tickcast.publisher.program.load_source", lambda name: inbox)

    def start(url: str, **settings: Any) -> Taking:
        started.append(Taking(url, FedSource(), **settings))
        return started[-1]

    yield start
    for each in started:
        each.stop.set()
    await asyncio.gather(*(each.end() for each in started), return_exceptions=True)
