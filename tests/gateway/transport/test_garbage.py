"""What a request or stream took is free once it has ended: nothing waits for the garbage collector."""

import asyncio
import gc
import socket
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.support.eventually import eventually
from tests.support.local_gateway import LocalGateway

SOME = 50
"""Requests of each kind."""

EMPTY = b'{"symbols":["A"]}'
HEAD = b"HTTP/1.1\r\nhost: x\r\n"
REQUESTS = {
    "healthz": b"GET /healthz " + HEAD,
    "snapshot": b"GET /v1/snapshot " + HEAD,
    "nothing there": b"GET /nothing " + HEAD,
    "bad parameter": b"GET /v1/symbols?no=1 " + HEAD,
    "no method": b"DELETE /v1/snapshot " + HEAD,
    "stream": b"GET /v1/stream " + HEAD,
    "stream without chunks": b"GET /v1/stream HTTP/1.0\r\nhost: x\r\n",
    "no request": b"nonsense\r\n",
    "list": b"QUERY /v1/stream %bcontent-type: application/json\r\ncontent-length: %d\r\n"
    % (HEAD, len(EMPTY)),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_nothing_is_left_for_the_garbage_collector(gateway: LocalGateway, kind: str) -> None:
    request = REQUESTS[kind] + b"\r\n" + (EMPTY if kind == "list" else b"")
    end = b"event: hello" if "stream" in kind or kind == "list" else b"HTTP/1.1 "
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
    assert not kinds, left.most_common(20)


async def ask(gateway: LocalGateway, request: bytes, end: bytes, times: int) -> None:
    # By plain sockets: transports of the client would leave what those of a gateway must not.
    parts, loop = urlsplit(gateway.url), asyncio.get_running_loop()
    for _ in range(times):
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, (parts.hostname, parts.port))
            await loop.sock_sendall(client, request)
            received = b""
            while end not in received:
                data = await loop.sock_recv(client, 1 << 16)
                assert data, received
                received += data
