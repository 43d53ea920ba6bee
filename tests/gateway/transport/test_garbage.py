"""What a request or stream took is free once it has ended: nothing waits for the garbage collector."""

import asyncio
import gc
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway

SOME = 50
"""Requests of each kind."""

OF_A_TRANSPORT = {"socket", "TransportSocket", "_SelectorSocketTransport", "dict", "tuple", "method"}
"""What asyncio leaves of each connection: its transport refers to itself."""

EMPTY = b'{"symbols":["A"]}'
HEAD = b"HTTP/1.1\r\nhost: x\r\n"
REQUESTS = {
    "healthz": b"GET /healthz " + HEAD,
    "snapshot": b"GET /v1/snapshot " + HEAD,
    "nothing there": b"GET /nothing " + HEAD,
    "bad parameter": b"GET /v1/symbols?no=1 " + HEAD,
    "no method": b"DELETE /v1/snapshot " + HEAD,
    "stream": b"GET /v1/stream " + HEAD,
    "list": b"QUERY /v1/stream %bcontent-type: application/json\r\ncontent-length: %d\r\n"
    % (HEAD, len(EMPTY)),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_nothing_is_left_for_the_garbage_collector(gateway: LocalGateway, kind: str) -> None:
    request = REQUESTS[kind] + b"\r\n" + (EMPTY if kind == "list" else b"")
    end = b"event: hello" if kind in ("stream", "list") else b"HTTP/1.1 "
    await ask(gateway, request, end, 2)
    await eventually(gateway.is_empty)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        await ask(gateway, request, end, SOME)
        await eventually(lambda: gateway.is_empty() and not len(gateway.gateway.connections))
        await asyncio.sleep(0)
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    kinds = {name for name, count in left.items() if count >= SOME // 2}
    assert kinds <= OF_A_TRANSPORT, left.most_common(20)


async def ask(gateway: LocalGateway, request: bytes, end: bytes, times: int) -> None:
    parts = urlsplit(gateway.url)
    for _ in range(times):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(request)
        await reader.readuntil(end)
        writer.close()
        await writer.wait_closed()
