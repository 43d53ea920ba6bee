"""The port that takes ticks, in this process; nobody publishes the feed, so the inbox keeps all."""

import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from backports import zstd

from tests.support.ports import free_port
from tickcast.publisher.broker import Broker
from tickcast.publisher.http.server import serve_hand_in
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.stats import Stats
from tickcast.wire.names import MAIN as names

SECRET = "a secret of 32 characters, or so"
PARTITIONS = 2
NDJSON = {"content-type": "application/x-ndjson"}
JSON = "application/json"
PACK = {"gzip": gzip.compress, "x-gzip": gzip.compress, "zstd": zstd.compress, "identity": bytes}


class Door:
    """The port of one publisher, and a client that knows the secret."""

    def __init__(self, port: int, secret_file: Path, client: httpx2.AsyncClient, stats: Stats) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/ticks"
        self.port = port
        self.secret_file = secret_file
        self.client = client
        self.stats = stats

    async def post(self, body: bytes, key: str = "", **headers: str) -> httpx2.Response:
        """Hand in a body; names of headers have _ for -."""
        given = {"authorization": f"Bearer {SECRET}"} | NDJSON
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            given["idempotency-key"] = key
        return await self.client.post(self.url, content=body, headers=given)


def lines(*prices: object, symbol: str = "AAPL") -> bytes:
    """Return NDJSON with a tick for each price."""
    return b"".join(json.dumps({"S": symbol, "p": price}).encode() + b"\n" for price in prices)


async def held(valkey: Any, partition: int = 0) -> list[bytes]:
    """Return the ticks in the inbox, in order."""
    entries = await valkey.xrange(names.inbox(partition))
    return [line for _, fields in entries for line in fields[b"d"].split(b"\n")]


def problem(answer: httpx2.Response, status: int) -> str:
    """Return the detail of a problem document, which the answer must be."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    return str(answer.json()["detail"])


Start = Callable[..., Awaitable[Door]]


@pytest.fixture
async def start(valkey_url: str, valkey: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """Return a function that opens the port of one more publisher, with settings."""
    await valkey.hset(names.meta(0), mapping={"partitions": PARTITIONS, "case": "upper"})
    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET + "\n")
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx2.AsyncClient(trust_env=False, timeout=60))

        async def open_door(url: str = valkey_url, **given: Any) -> Door:
            port = free_port()
            settings = {
                "source": "inbox",
                "redis_url": url,
                "hand_in_port": port,
                "hand_in_secret_file": secret_file,
            } | given
            broker, stats = Broker(url, timeout=0.5), Stats()
            stack.push_async_callback(broker.close)
            await stack.enter_async_context(serve_hand_in(PublisherSettings(**settings), broker, stats))
            return Door(port, secret_file, client, stats)

        yield open_door


@pytest.fixture
async def door(start: Start) -> Door:
    """The port of a publisher."""
    return await start()
