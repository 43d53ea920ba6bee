"""Ways to a server: TLS, proxies of the environment, a login in the address, routes behind a prefix."""

import asyncio
import base64
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import tickcast
from tests.cli.program import clean_environment
from tests.support.certificates import Authority
from tests.support.following import places, take
from tests.support.ports import free_port
from tests.support.scripted_gateway import HANG, hello, scripted_gateway, snapshot, stream, tick
from tests.support.snippets import block
from tickcast.client.server import ProxyError, Server, _tls

STREAM = stream(hello() + snapshot("c1", tick("A", 1)), HANG)
LOGIN = base64.b64encode(b"me:s/e cret").decode()


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """What serves `prices.example`, by an authority that this process trusts."""
    authority = Authority(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(*authority.sign("server", "DNS:prices.example,IP:127.0.0.1"))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    _tls.cache_clear()
    return served


class Proxy:
    """A proxy for CONNECT, which leads all to one port."""

    def __init__(self, target: int, refuses: bool) -> None:
        self.port = free_port()
        self.heads: list[str] = []
        self._target, self._refuses = target, refuses
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Open a tunnel."""
        self._writers.append(writer)
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if self._refuses:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.append(far_writer)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._tasks.add(asyncio.create_task(self._carry(source, target)))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    async def end(self) -> None:
        """Cut all tunnels."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*(each.wait_closed() for each in self._writers), return_exceptions=True)


@asynccontextmanager
async def proxy(target: int = 1, refuses: bool = False) -> AsyncIterator[Proxy]:
    """Run a proxy."""
    subject = Proxy(target, refuses)
    server = await asyncio.start_server(subject.serve, "127.0.0.1", subject.port)
    try:
        yield subject
    finally:
        server.close()
        await subject.end()


async def test_a_stream_comes_over_tls_directly_and_through_a_proxy(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted_gateway(STREAM, tls=trusted) as gateway:
        port = gateway.url.rpartition(":")[2]
        async with tickcast.follow(f"https://127.0.0.1:{port}", "A") as prices:
            assert places(await take(prices, 1)) == [("A", 1)]
        async with proxy(int(port)) as way:
            monkeypatch.setenv("HTTPS_PROXY", f"http://me:s%2Fe%20cret@127.0.0.1:{way.port}")
            async with tickcast.follow("https://prices.example/v/", "A") as prices:
                assert places(await take(prices, 1)) == [("A", 1)]
            assert way.heads[0].startswith("CONNECT prices.example:443 HTTP/1.1\r\n")
            assert f"Proxy-Authorization: Basic {LOGIN}\r\n" in way.heads[0]
        assert gateway.requests[1].startswith("GET /v/v1/stream?")
        assert "Host: prices.example\r\n" in gateway.requests[1]
        assert "Proxy-Authorization" not in gateway.requests[1]


async def test_a_server_that_is_not_trusted_gets_no_request(trusted: ssl.SSLContext) -> None:
    async with scripted_gateway(STREAM, tls=trusted) as gateway:
        port = gateway.url.rpartition(":")[2]
        async with tickcast.follow(f"https://localhost:{port}", "A") as prices:
            (status,) = await take(prices, 1, status=True)
        assert "the certificate is not for localhost" in status.reason
        assert gateway.requests == []


async def test_a_context_of_the_program_proves_a_server(
    trusted: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    _tls.cache_clear()
    context = ssl.create_default_context(cafile=tmp_path / "ca.crt")
    async with scripted_gateway(STREAM, tls=trusted) as gateway:
        url = gateway.url.replace("http:", "https:")
        async with tickcast.follow(url, "A") as prices:
            (status,) = await take(prices, 1, status=True)
        assert "the certificate of 127.0.0.1 is not trusted" in status.reason
        assert "tls= takes a context that trusts its CA" in status.reason
        async with tickcast.follow(url, "A", tls=context) as prices:
            assert places(await take(prices, 1)) == [("A", 1)]
        with tickcast.follow_blocking(url, "A", tls=context) as blocking:
            found = await asyncio.to_thread(lambda: next(e for e in blocking if isinstance(e, tickcast.Tick)))
        assert found.symbol == "A"
        code = block("docs/python.md", "TLS").replace("https://localhost:8443", url)
        code = code.replace("deploy/certs/tls/tickcast.crt", str(tmp_path / "ca.crt"))
        command = [sys.executable, "-c", code]
        printed = await asyncio.to_thread(
            subprocess.check_output, command, env=clean_environment(), timeout=60
        )
        assert b"not trusted" not in printed
        assert b"'live'" in printed or b"Tick(" in printed
    with pytest.raises(tickcast.FieldError, match=r"tls: 'ca.pem' is no ssl.SSLContext"):
        tickcast.follow("https://127.0.0.1", tls="ca.pem")  # type: ignore[call-overload]


async def test_a_proxy_that_is_not_trusted_is_named_and_not_the_server(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    _tls.cache_clear()
    async with scripted_gateway(STREAM, tls=trusted) as proxy:
        port = proxy.url.rpartition(":")[2]
        monkeypatch.setenv("HTTPS_PROXY", f"https://127.0.0.1:{port}")
        async with tickcast.follow("https://prices.example", "A") as prices:
            (status,) = await take(prices, 1, status=True)
        assert proxy.requests == []
    assert "the certificate of 127.0.0.1 is not trusted" in status.reason
    assert "SSL_CERT_FILE" in status.reason


async def test_a_proxy_that_refuses_a_tunnel_is_named_without_its_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with proxy(refuses=True) as way:
        monkeypatch.setenv("ALL_PROXY", f"http://me:secret@127.0.0.1:{way.port}")
        async with tickcast.follow("https://prices.example", "A") as prices:
            (status,) = await take(prices, 1, status=True)
    assert "the proxy answers CONNECT with 407" in status.reason
    assert f"through the proxy http://127.0.0.1:{way.port}" in status.reason
    assert "secret" not in status.reason


async def test_http_through_a_proxy_names_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted_gateway(STREAM) as way:
        monkeypatch.setenv("HTTP_PROXY", way.url)
        async with tickcast.follow("http://prices.example/p", "A") as prices:
            assert places(await take(prices, 1)) == [("A", 1)]
        assert way.requests[0].startswith("GET http://prices.example/p/v1/stream?")


def test_a_login_in_the_address_is_shown_to_the_server_and_to_nobody_else() -> None:
    server = Server("http://me:s%2Fe%20cret@127.0.0.1:8080/a b")
    assert server.request("GET", "/x").decode() == (
        "GET /a%20b/x HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: tickcast\r\n"
        f"Authorization: Basic {LOGIN}\r\n\r\n"
    )
    assert server.shown == "http://127.0.0.1:8080/a b"
    assert "Bearer t" in server.request("GET", "/x", headers={"Authorization": "Bearer t"}).decode()


@pytest.mark.parametrize("name", ["socks5://127.0.0.1:1", "ftp://proxy", "http://[::x"])
def test_a_proxy_that_cannot_be_used_is_refused_at_the_call(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", name)
    with pytest.raises(ProxyError, match="the proxy"):
        Server("http://prices.example", direct=False)
    with pytest.raises(tickcast.FieldError, match="url: the proxy"):
        tickcast.follow("http://prices.example", "A")


@pytest.mark.parametrize("hosts", [["127.0.0.1"], ["127.0.0.1", "127.0.0.2"]])
async def test_where_nothing_listens_at_any_address_it_says_so(
    monkeypatch: pytest.MonkeyPatch, hosts: list[str]
) -> None:
    port = free_port()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in hosts]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    async with tickcast.follow(f"http://prices.example:{port}", "A") as prices:
        (status,) = await take(prices, 1, status=True)
    assert status.reason == f"no connection: nothing listens at prices.example:{port}"


async def test_a_server_that_speaks_no_tls_is_not_called_broken() -> None:
    def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with tickcast.follow(f"https://127.0.0.1:{port}", "A") as prices:
            (status,) = await take(prices, 1, status=True)
    assert "does not answer in TLS (" in status.reason
    assert status.reason.endswith("; is it http://?")


async def test_a_name_without_an_address_is_named() -> None:
    async with tickcast.follow("http://nowhere.invalid", "A") as prices:
        (status,) = await take(prices, 1, status=True)
    assert status.reason.startswith("no connection: no address is known for nowhere.invalid: ")
