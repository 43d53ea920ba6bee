"""Connections before they are streams: what a client may send on one, and for how long."""

import asyncio
import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway
from tickcast.gateway.streams.patch import MAX_BODY
from tickcast.gateway.transport.connection import MAX_BEHIND, Connection
from tickcast.gateway.transport.pieces import READ
from tickcast.gateway.transport.takeover import MAX_HEAD, MAX_QUEUED, TakeoverProtocol


@pytest.mark.parametrize("head", [b"GET /", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nx: "])
async def test_a_head_without_an_end_is_cut_off(gateway: LocalGateway, head: bytes) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    filler = b"x: y\r\n" if head.endswith(b"\n") else b"x" * 6
    writer.write(head + filler * (MAX_HEAD // 6 + 1))
    answer = await asyncio.wait_for(reader.read(), 60)
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b"application/problem+json" in answer
    assert b"after 65536 bytes" in answer
    writer.close()
    await writer.wait_closed()


async def sent(gateway: LocalGateway, request: bytes) -> bytes:
    """Return all that comes until the connection is closed."""
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("head", [b"", b"GET /healthz HTTP/1.1\r\nhost"])
async def test_a_head_that_does_not_come_in_time_is_cut_off(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    monkeypatch.setattr("tickcast.gateway.transport.takeover.HEAD_SECONDS", 0.2)
    assert (await sent(gateway, head)).startswith(b"HTTP/1.1 408 ")


async def test_nothing_may_follow_a_stream_on_its_connection(gateway: LocalGateway) -> None:
    stream_, other = (
        b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
    )
    answer = await sent(gateway, stream_ + other)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"a stream never ends" in answer
    await eventually(gateway.is_empty)


async def test_a_stream_needs_a_host(gateway: LocalGateway) -> None:
    request = b"GET /v1/stream HTTP/1.1\r\nconnection: close\r\n\r\n"
    assert b"the header Host is missing" in await sent(gateway, request)


async def test_a_connection_serves_other_requests_before_it_becomes_a_stream(gateway: LocalGateway) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for path in (b"/healthz", b"/healthz"):
        writer.write(b"GET %b HTTP/1.1\r\nhost: x\r\n\r\n" % path)
        assert b" 200 " in await reader.readline()
        await reader.readuntil(b"}")
    writer.write(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
    assert b"event: hello" in await reader.readuntil(b"event: hello")
    writer.close()
    await writer.wait_closed()
    await eventually(gateway.is_empty)


@pytest.mark.parametrize("length", [b"", b"content-length: 10\r\n"])
async def test_what_is_no_request_behind_an_answer_keeps_no_connection_open(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch, length: bytes
) -> None:
    monkeypatch.setattr("tickcast.gateway.transport.takeover.HEAD_SECONDS", 0.2)
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n%b\r\n" % length)
    await reader.readuntil(b"}")
    # An empty line, or a piece of the body that nobody reads.
    writer.write(b"\r\n")
    assert (await asyncio.wait_for(reader.read(), 60)).startswith(b"HTTP/1.1 408 ")
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("trailers", [b"x-a: b\r\n" * 20_000, b"x-a: " + b"b" * 200_000])
async def test_trailers_that_go_on_are_cut_off(gateway: LocalGateway, trailers: bytes) -> None:
    head = b"PATCH /v1/streams/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head + trailers)
    with suppress(ConnectionResetError):  # closed with some of them unread
        assert (await asyncio.wait_for(reader.read(), 60)).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_a_body_counts_for_itself(gateway: LocalGateway) -> None:
    body = b'{"add":["%b"]}' % (b"A" * (MAX_BODY - 11))
    head = b"PATCH /v1/streams/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
    assert (await sent(gateway, head % len(body) + body)).startswith(b"HTTP/1.1 4")
    chunks = b"".join(b"400\r\n%b\r\n" % body[at : at + 1024] for at in range(0, len(body), 1024))
    assert len(chunks) > MAX_HEAD
    head = (
        b"PATCH /v1/streams/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    answer = await sent(gateway, head + chunks + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")
    assert b" 431 " not in answer


async def test_not_even_a_part_of_another_request_may_follow_a_stream(gateway: LocalGateway) -> None:
    answer = await sent(gateway, b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\nGET")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    await eventually(gateway.is_empty)


HEALTH = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


async def test_requests_sent_all_at_once_are_answered_in_order_and_few_of_them_queued(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued, held, parse = [], [], TakeoverProtocol._parse_rest

    def watched(protocol: TakeoverProtocol) -> None:
        parse(protocol)
        queued.append(len(protocol.pipeline))
        held.append(len(protocol._rest))

    monkeypatch.setattr(TakeoverProtocol, "_parse_rest", watched)
    requests = [b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n" % number for number in range(2000)]
    last = b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await sent(gateway, b"".join(requests) + last)
    found = [line.split(b";")[0] for line in answer.split(b"there is nothing at ")[1:]]
    assert found == [b"/%d" % number for number in range(2000)] + [b"/last"]
    assert max(queued) == MAX_QUEUED
    assert 0 < max(held) <= READ


async def test_others_have_their_turn_between_requests_sent_all_at_once(gateway: LocalGateway) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(HEALTH * 1000)
    await reader.readuntil(b"}")
    assert (await sent(gateway, HEALTH.replace(b"host: x", b"connection: close\r\nhost: x"))).count(b" 200 ")
    assert gateway.server.server_state.total_requests < 500
    for _ in range(999):
        await reader.readuntil(b"}")
    writer.close()
    await writer.wait_closed()


async def test_a_body_full_of_empty_lines_is_read_whole(gateway: LocalGateway) -> None:
    body = b"\r\n" * (MAX_BODY // 2)
    head = b"PATCH /v1/streams/x HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
    answer = await sent(gateway, (head + body) * 2 + HEALTH.replace(b"host", b"connection: close\r\nhost"))
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"404", b"404", b"200"]


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c", b"nonsense"])
async def test_an_upgrade_is_refused_and_nothing_behind_it_is_taken_for_a_request(
    gateway: LocalGateway, protocol: bytes
) -> None:
    upgrade = b"connection: upgrade\r\nupgrade: %b\r\nhost" % protocol
    # What a proxy takes for the body of the first request must not become a second one.
    for more in (b"", b"content-length: %d\r\n" % len(HEALTH), b"transfer-encoding: chunked\r\n"):
        head = HEALTH[:-2].replace(b"host", upgrade) + more + b"\r\n"
        answer = await sent(gateway, HEALTH + head + HEALTH + HEALTH)
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200"]
        assert answer.count(b"connection: close\r\n") == 1
    answer = await sent(gateway, HEALTH.replace(b"host", upgrade) + b"\x81\x85\0\0\0\0hello")
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200"]


async def test_nothing_may_follow_a_stream_that_asks_for_an_upgrade(gateway: LocalGateway) -> None:
    head = b"GET /v1/stream HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    answer = await sent(gateway, head + HEALTH)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"400"]
    await eventually(gateway.is_empty)


async def test_a_body_behind_its_answer_is_cut(gateway: LocalGateway) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n")
    await reader.readuntil(b"}")
    with suppress(ConnectionError):
        for _ in range(1000):
            writer.write(bytes(16 * 1024))
            await writer.drain()
        pytest.fail("16 MB were read")
    writer.close()


async def test_the_list_of_a_stream_that_is_refused_before_it_has_come_resets_nothing(
    gateway: LocalGateway,
) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"QUERY /v1/stream?x=1 HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % MAX_BODY)
    assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 400 ")
    for _ in range(4):
        writer.write(bytes(MAX_BODY // 4))
        await writer.drain()
    writer.write(HEALTH)
    assert (await asyncio.wait_for(reader.readuntil(b"}"), 60)).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_line_ends_without_a_request_are_cut(gateway: LocalGateway) -> None:
    assert (await sent(gateway, b"\r\n" * (MAX_HEAD // 2 + 1))).startswith(b"HTTP/1.1 431 ")


async def test_a_client_that_sends_behind_its_stream_is_cut(gateway: LocalGateway) -> None:
    parts = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readuntil(b"event: snapshot")
    # A line end too much is no attack.
    writer.write(b"\r\n" * 100)
    [stream] = gateway.streams.registry
    assert isinstance(stream, Connection)
    await eventually(lambda: stream.behind == 200)
    assert len(gateway.streams.registry) == 1
    with suppress(ConnectionError):
        for _ in range(10):
            writer.write(bytes(MAX_BEHIND // 8))
            await writer.drain()
    await eventually(gateway.is_empty)
    writer.close()


async def test_a_takeover_that_finds_no_taker_ends_without_a_word(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[bool] = []
    take = TakeoverProtocol.let_go

    def let_go(self: TakeoverProtocol, cycle: Any) -> bool:
        # The client has just gone, and uvicorn does not know it yet.
        self.transport.close()
        taken.append(take(self, cycle))
        return taken[-1]

    monkeypatch.setattr(TakeoverProtocol, "let_go", let_go)
    assert await sent(gateway, b"GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n") == b""
    assert taken == [False]
    await eventually(gateway.is_empty)
    assert caplog.records == []
