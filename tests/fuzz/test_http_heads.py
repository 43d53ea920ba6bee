"""What reaches a gateway over a socket: any bytes get an answer or a clean end, and others are served."""

import re
import select
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.hostile import PIECES, as_bytes, damaged, odd_texts, values, written
from tests.fuzz.profile import fuzzed
from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack

pytestmark = pytest.mark.timeout(600)

WAIT = 0.05
"""Seconds to wait for the beginning of an answer; what is no whole request gets none for ten."""

PATIENCE = 20.0
"""Seconds within which everything has to come that must come, however busy the machine is."""

MEMORY = 64 * 1024 * 1024
"""Bytes by which the gateway's memory may grow, however many examples there are: its caches fill."""

FILES = 8
"""So many files more it may have open afterwards: those of its links to Redis."""

TARGETS = [
    b"/v1/stream", b"/v1/snapshot", b"/v1/symbols", b"/v1/bars/AAPL", b"/v1/ticks", b"/v1/streams/a.b",
    b"/healthz",
    b"/readyz", b"/metrics", b"/openapi.json", b"/debug", b"/v1/debug", b"/", b"/tickcast.js", b"*", b"",
    b"//", b"/%",
    b"/../x", b"/v1/bars/%2e%2e", b"/v1/bars/%00", b"/v1/stream/", b"http://localhost/healthz",
    b"localhost:80", b"/%ff",
]  # fmt: skip
PARAMETERS = [
    b"symbols", b"interval", b"format", b"snapshot", b"bars", b"bars_of", b"lastEventId", b"padding",
    b"heartbeat",
    b"limit", b"access_token", b"x", b"",
]  # fmt: skip
NAMES = [
    b"host", b"origin", b"accept", b"accept-encoding", b"last-event-id", b"authorization", b"cookie",
    b"if-none-match",
    b"x-forwarded-for", b"x-forwarded-proto", b"content-length", b"transfer-encoding", b"content-type",
    b"connection",
    b"upgrade", b"expect", b"range", b"access-control-request-method", b"sec-fetch-site",
    b"sec-websocket-key",
]  # fmt: skip
VALUES = [
    b"localhost", b"*", b"zstd, gzip;q=0", b"gzip;q=nan", b"chunked", b"gzip, chunked", b"0", b"10", b"-1",
    b"9" * 30,
    b"close", b"keep-alive, upgrade", b"h2c", b"websocket", b"100-continue", b"bytes=0-", b"Bearer x",
    b"127.0.0.1, ::1",
    b"http://[::1", b"null", b'W/"', b"application/json", b"text/event-stream", b"", b"a" * 5000, b"\xff",
    b"AQAA.1",
]  # fmt: skip
METHODS = [
    b"GET",
    b"HEAD",
    b"PATCH",
    b"POST",
    b"OPTIONS",
    b"QUERY",
    b"CONNECT",
    b"TRACE",
    b"get",
    b"",
    b"PRI",
    b"\x16\x03\x01",
]

sometimes_odd = st.sampled_from(PIECES) | odd_texts.map(as_bytes) | st.binary(max_size=6)
texts = st.sampled_from(VALUES) | sometimes_odd
queries = st.lists(st.tuples(st.sampled_from(PARAMETERS), texts).map(b"=".join), max_size=3).map(b"&".join)
targets = st.builds(
    lambda path, query: path + (b"?" + query if query else b""),
    st.sampled_from(TARGETS) | sometimes_odd,
    queries,
)
fields = st.lists(st.tuples(st.sampled_from(NAMES), texts).map(b": ".join), max_size=4)
bodies = st.one_of(
    st.just(b""),
    values.map(written).map(as_bytes),
    st.sampled_from(
        [b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\n", b"-1\r\n", b"5;x\r\nhello\r\n"]
    ),
)
common = [b"host: localhost\r\n", b"host: localhost\r\nconnection: close\r\n", b"host: x\r\nhost: y\r\n", b""]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    version = draw(st.sampled_from([b"HTTP/1.1"] * 5 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9", b""]))
    line = b" ".join([draw(st.sampled_from([b"GET"] * 5 + METHODS)), draw(targets), version])
    end = draw(st.sampled_from([b"\r\n"] * 5 + [b"\n", b"\r"]))
    head = end.join([line, *draw(fields)]) + end + draw(st.sampled_from(common))
    body = draw(bodies)
    if draw(st.booleans()):
        head += b"content-length: %d" % len(body) + end
    return head + end + body


sent = st.lists(requests() | damaged(requests(), most=2), min_size=1, max_size=3)
endings = st.sampled_from(["wait", "wait", "half", "reset"])


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    # Refusals for having asked too much would hide what is behind them.
    async with running_stack(1, gateway={"work": 1000}, symbols=20, rate=50, seed=3) as running:
        yield running


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), PATIENCE)


def received(sock: socket.socket) -> Iterator[bytes]:
    """Yield what comes until the other side ends; an error is a reset."""
    with suppress(ConnectionError):
        while data := sock.recv(1 << 16):
            yield data


def answer_to(url: str, pieces: list[bytes], ending: str) -> bytes:
    """Send pieces, one after the other, and return what comes until the connection ends."""
    with closing(connected(url)) as sock:
        answer = b""
        # The other side may have ended before all is sent.
        with suppress(OSError):
            for piece in pieces:
                sock.sendall(piece)
            if ending == "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return b""
            if ending == "wait" and select.select([sock], [], [], WAIT)[0]:
                answer = sock.recv(1 << 16)
            sock.shutdown(socket.SHUT_WR)
        return answer + b"".join(received(sock))


def is_healthy(url: str) -> bool:
    with closing(connected(url)) as other:
        other.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        return b"".join(received(other)).startswith(b"HTTP/1.1 200 ")


STATUS = re.compile(rb"HTTP/1\.1 ([2345][0-9]{2}) [A-Z][^\r\n]*\r\n")
FAULTS = re.compile(r"Traceback|Exception|exception was never retrieved|\[error|\[critical", re.IGNORECASE)


def check(stack: Stack, answer: bytes) -> None:
    """Be sure that an answer is one, and that nothing broke."""
    if answer:
        status = STATUS.match(answer)
        assert status is not None, answer[:200]
    assert b"HTTP/1.1 500 " not in answer
    [gateway] = stack.gateways.values()
    assert gateway.process.poll() is None
    assert not FAULTS.search(gateway.output()), gateway.output()
    assert is_healthy(gateway.url)


async def test_any_bytes_get_an_answer_or_a_clean_end_and_others_are_served(stack: Stack) -> None:
    answered: list[bool] = []

    @fuzzed(800, cost=5)
    @given(sent, endings, st.booleans())
    def attack(pieces: list[bytes], ending: str, at_once: bool) -> None:
        answer = answer_to(stack.url, [b"".join(pieces)] if at_once else pieces, ending)
        answered.append(bool(answer))
        check(stack, answer)

    [gateway] = stack.gateways.values()
    process = psutil.Process(gateway.pid)
    memory, files = process.memory_info().rss, process.num_fds()
    attack()
    assert sum(answered) > len(answered) / 4
    # Nothing is left of any of them: the streams are gone with their clients.
    await eventually(lambda: open_streams(stack) == 0)
    await eventually(lambda: process.num_fds() <= files + FILES)
    assert process.memory_info().rss - memory < MEMORY


def open_streams(stack: Stack) -> int:
    [gateway] = stack.gateways.values()
    with closing(connected(gateway.url)) as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        found = re.search(rb"^tickcast_gateway_clients ([0-9.]+)", b"".join(received(sock)), re.MULTILINE)
    assert found is not None
    return int(float(found[1]))
