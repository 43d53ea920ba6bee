"""The head of a stream, on a taken-over socket and under a server that keeps its sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, cast

import pytest

from tests.gateway.transport.test_asgi import plain_server
from tests.support.event_stream import asked, stream
from tests.support.local_gateway import local_gateway
from tests.support.market import key
from tickcast.gateway.http.stream import StreamResponse
from tickcast.gateway.protocol.compression import Encoding
from tickcast.gateway.protocol.framing import Framing
from tickcast.gateway.protocol.request import StreamRequest
from tickcast.gateway.streams.resume import Resume

SERVERS = ["taken over", "h11", "httptools"]


@asynccontextmanager
async def serving(valkey_url: str, server: str) -> AsyncIterator[str]:
    """Run a gateway; yield its URL."""
    if server == "taken over":
        async with local_gateway(valkey_url) as gateway:
            yield gateway.url
    else:
        async with plain_server(valkey_url, server) as (_, url):
            yield url


@pytest.mark.parametrize("server", SERVERS)
async def test_a_head_keeps_caches_proxies_and_pools_from_doing_harm(valkey_url: str, server: str) -> None:
    async with serving(valkey_url, server) as url:
        async with stream(url) as client:
            heads = [client.headers]
        async with asked(url, "/v1/stream", method="HEAD") as answer:
            heads.append(answer.headers)
    for head in heads:
        assert head["connection"] == "close"
        assert head["cache-control"] == "no-store, no-transform"
        assert head["vary"] == "accept-encoding"
        assert head["x-accel-buffering"] == "no"
        age = datetime.now(UTC) - parsedate_to_datetime(head["date"])
        assert timedelta(seconds=-2) < age < timedelta(minutes=1)


@pytest.mark.parametrize(("version", "closes"), [("1.1", True), ("2", False), ("3", False)])
async def test_only_http_1_is_told_that_the_connection_closes(version: str, closes: bool) -> None:
    wanted = key()._replace(framing=Framing(encoding=Encoding.GZIP))
    response = StreamResponse(cast("Resume", None), StreamRequest(wanted, True, ""))
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await response({"method": "HEAD", "http_version": version}, None, send)
    fields = dict(sent[0]["headers"])
    assert (fields.get(b"connection") == b"close") is closes
    assert fields[b"content-encoding"] == b"gzip"
