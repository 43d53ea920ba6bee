"""The configuration of nginx in deploy/nginx, in a real nginx: its limits, what it logs, and its fields."""

import asyncio
import http.client
import re
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest

from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.tools import need
from tickcast.bench.balancer import configure

CONFIGURATION = Path(__file__).parents[2] / "deploy/nginx"
KINDS = ("http", "tls")
SECRET = "sesame"
HSTS = "strict-transport-security"


class Proxy:
    """A running nginx."""

    def __init__(self, folder: Path, url: str, gateway: int) -> None:
        self.folder = folder
        self.url = url
        self.gateway = gateway
        """Port at which it looks for its gateway."""

    def client(self) -> httpx2.AsyncClient:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return httpx2.AsyncClient(trust_env=False, timeout=30, verify=context, base_url=self.url)

    def logged(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")


@contextmanager
def nginx(
    folder: Path, kind: str = "http", changes: Mapping[str, str] | None = None, gateways: int = 1
) -> Iterator[Proxy]:
    """Run nginx with the configuration, in which lines are changed; nobody listens where its gateways are.

    They are one port, which nginx takes for several `gateways`.
    """
    port, health, gateway = free_port(), free_port(), free_port()
    main = configure(folder, port, health, gateway)
    upstream, server = folder / "gateways.conf", f"    server 127.0.0.1:{gateway} max_fails=0;\n"
    upstream.write_text(upstream.read_text("utf-8").replace(server, server * gateways), "utf-8")
    for old, new in (changes or {}).items():
        text = main.read_text("utf-8")
        assert old in text
        main.write_text(text.replace(old, new), "utf-8")
    if kind == "tls":
        _secure(folder, port)
    with running_nginx(folder, main, health):
        yield Proxy(folder, f"{'https' if kind == 'tls' else 'http'}://127.0.0.1:{port}", gateway)


def _secure(folder: Path, port: int) -> None:
    """Let nginx listen as deploy/nginx/listen-tls.conf says."""
    key, certificate = folder / "tickcast.key", folder / "tickcast.crt"
    command = [need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        [*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True, timeout=60
    )
    text = (CONFIGURATION / "listen-tls.conf").read_text("utf-8")
    # An nginx older than that of the image has another way to say this.
    text = text.replace("http2 on;\n", "").replace("listen 8443 ", f"listen 127.0.0.1:{port} ")
    (folder / "listen-http.conf").write_text(text.replace("/run/certs", str(folder)), "utf-8")


@asynccontextmanager
async def gateway(
    port: int, body: bytes = b"ok", fields: bytes = b"", refused: int = 0, taken: list[bytes] | None = None
) -> AsyncIterator[None]:
    """Answer requests with a field as gateways send, and these: 503 to the first `refused`, 200 to others.

    What they ask for is `taken`: method, target, body.
    """
    writers = []
    asked = [] if taken is None else taken

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)content-length: (\d+)", head)
                sent = await reader.readexactly(int(length[1])) if length else b""
                asked.append(b" ".join([*head.split(b" ")[:2], sent]))
                status = b"503 Service Unavailable" if len(asked) <= refused else b"200 OK"
                usual = b"x-content-type-options: nosniff\r\ncontent-length: %d" % len(body)
                writer.write(b"HTTP/1.1 " + status + b"\r\n" + fields + usual + b"\r\n\r\n" + body)
                await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", KINDS)
async def test_browsers_that_came_by_tls_are_told_to_stay_whatever_the_answer(
    tmp_path: Path, kind: str
) -> None:
    paths = ["/", "/v1/stream", "/v1/snapshot", "/v1/streams/a.b", "/metrics", "/debug", "/v1/debug"]
    with nginx(tmp_path, kind) as proxy:
        async with proxy.client() as web:
            # Without a gateway nginx itself answers: `retry:` to a stream, 503 to others.
            without = {path: await web.get(path) for path in paths}
            async with gateway(proxy.gateway):
                answered = {path: await web.get(path) for path in paths}
    assert [each.status_code for each in without.values()] == [503, 200, 503, 503, 404, 404, 404]
    assert [each.status_code for each in answered.values()] == [200] * 4 + [404] * 3
    wanted = ["max-age=31536000"] if kind == "tls" else []
    for path, each in [*without.items(), *answered.items()]:
        assert each.headers.get_list(HSTS) == wanted, path
        assert each.headers.get_list("x-content-type-options") == ["nosniff"], path


@pytest.mark.parametrize("method", ["QUERY", "POST"])
async def test_a_long_list_in_a_body_reaches_the_next_gateway_after_a_503(
    tmp_path: Path, method: str
) -> None:
    body = b'{"symbols":[%b"A"]}' % (b'"AAPL",' * 9000)
    taken: list[bytes] = []
    with nginx(tmp_path, gateways=2) as proxy:
        async with gateway(proxy.gateway, refused=1, taken=taken), proxy.client() as web:
            answered = await web.request(
                method, "/v1/stream", content=body, headers={"content-type": "application/json"}
            )
    assert (answered.status_code, answered.text) == (200, "ok")
    assert taken == [method.encode() + b" /v1/stream " + body] * 2


async def test_a_flood_of_one_kind_of_request_leaves_the_others_alone(tmp_path: Path) -> None:
    floods = {"/v1/streams/a.b": 1000, "/v1/snapshot": 2000}
    with nginx(tmp_path) as proxy:
        async with gateway(proxy.gateway), proxy.client() as web:
            for path, burst in floods.items():
                found = await asyncio.to_thread(flooded, proxy.url, path, 2 * burst)
                assert burst < found[200] < 2 * burst - 10, found
                assert found[429] == 2 * burst - found[200]
                for other in ("/v1/stream", "/", *(each for each in floods if each > path)):
                    assert (await web.get(other)).status_code == 200, other


def flooded(url: str, path: str, count: int) -> dict[int, int]:
    """Ask over one connection as fast as nginx answers; return how often each status came."""
    host, port = url.rpartition("//")[2].split(":")
    connection, found = http.client.HTTPConnection(host, int(port), timeout=30), {200: 0, 429: 0}
    for _ in range(count):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("retry-after") == ("1" if answer.status == 429 else None)
        found[answer.status] += 1
    connection.close()
    return found


KEYS = {
    "192.0.2.7": "192.0.2.7",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
    "2001:db8:1:2:ffff:ffff:ffff:ffff": "2001:db8:1:2::",
    "2001:db8:1:3::1": "2001:db8:1:3::",
    "2001:db8::1": "2001:db8::",
    "2001:db8:0:0:1::": "2001:db8::",
    # As a line feed and other bytes that a pattern may take for something else.
    "2001:d0a:a0a:a0a:a0a:a0a:a0a:a0a": "2001:d0a:a0a:a0a::",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::1": "::",
}


def test_clients_count_by_address_and_by_the_first_64_bits_of_one_of_ipv6(tmp_path: Path) -> None:
    port = free_port()
    # The same lines, and a server that shows the key; a field stands for the address of the connection.
    shown = "set_real_ip_from 127.0.0.1; real_ip_header x-from; location / { return 200 $client_key; }"
    main = configure(tmp_path, free_port(), free_port(), free_port())
    before, _, _ = main.read_text("utf-8").partition("    server {")
    main.write_text(f"{before} server {{ listen 127.0.0.1:{port}; {shown} }} }}", "utf-8")
    with running_nginx(tmp_path, main, port), httpx2.Client(trust_env=False, timeout=30) as web:
        for address, network in KEYS.items():
            found = web.get(f"http://127.0.0.1:{port}/", headers={"x-from": address}).content
            packed = ip_address(network).packed
            assert found == (packed if len(packed) == 4 else packed[:8]), address


async def test_answers_that_nobody_reads_wait_in_no_file_and_others_get_theirs_whole(tmp_path: Path) -> None:
    body = bytes(range(256)) * 4 * 4096
    request = b"GET /v1/snapshot HTTP/1.1\r\nhost: x\r\n\r\n"
    with nginx(tmp_path) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        async with gateway(proxy.gateway, body), proxy.client() as web, AsyncExitStack() as held:
            for _ in range(100):
                sock = held.enter_context(socket.socket())
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.connect(("127.0.0.1", port))
                sock.sendall(request)
            for _ in range(10):
                assert (await web.get("/v1/snapshot")).content == body
            files = [file for file in (tmp_path / "proxy").rglob("*") if file.is_file()]
            assert files == []


async def test_the_log_of_errors_has_no_query_whatever_goes_wrong(tmp_path: Path) -> None:
    request = b"GET /v1/snapshot?access_token=%b HTTP/1.1\r\nhost: x\r\n\r\n" % SECRET.encode()
    with nginx(tmp_path, changes={"worker_rlimit_nofile 20000;": "worker_rlimit_nofile 32;"}) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        async with AsyncExitStack() as held:
            clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(40)]
            for _, writer in clients:
                held.callback(writer.transport.abort)
            # nginx has accepted as many as it has files for: none is left for a connection to a gateway.
            answers_: list[bytes] = []
            for reader, writer in clients[:20]:
                writer.write(request)
                answers_.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30))
                if b" 500 " in answers_[-1]:
                    break
        async with proxy.client() as web:
            changed = await web.patch(f"/v1/streams/a.b?access_token={SECRET}", content=bytes(200_000))
            assert changed.status_code == 413
        logged = proxy.logged()
    assert '"path":"/v1/snapshot","status":500' in logged
    assert SECRET not in logged
