"""A server: where it is, the bytes of a request to it, and a connection to it, through a proxy if need be."""

import asyncio
import base64
import errno
import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Self
from urllib.parse import quote, unquote, urlsplit

import httptools

from tickcast.client.address import server_address
from tickcast.client.connection import BROKEN, MAX_HEAD, Connection
from tickcast.client.proxy import proxy_for, shown
from tickcast.client.reconnect import CONNECT_TIMEOUT
from tickcast.runtime.urls import shown_url

_HAPPY_EYEBALLS = 0.25
"""Seconds after which the next address of a name is tried beside the one before (RFC 8305)."""


EXPIRED = (10,)
"""OpenSSL's numbers of a certificate that is out of date."""

OTHER_NAME = (62, 64)
"""OpenSSL's numbers of a certificate for another host."""


class ProxyError(ValueError):
    """The proxy that the environment names cannot be used."""


class UntrustedError(ConnectionError):
    """The certificate of a server does not prove it. The message says why and what helps."""


class Server:
    """A server that is asked over HTTP/1.1."""

    trusting = "tls= takes a context that trusts its CA"
    """How to trust a certificate, in words."""

    def __init__(self, url: str, *, direct: bool = True, tls: ssl.SSLContext | None = None) -> None:
        """Take the address where the routes of a gateway begin; `direct` is past any proxy.

        `tls` proves the server; None: the CAs of the system do. Raises ValueError if it is no address,
        ProxyError if its proxy cannot be used.
        """
        self.url = server_address(url)
        parts = urlsplit(self.url)
        if not parts.netloc.isascii():
            raise ValueError(f"{shown_url(url)!r} has a host that is not ASCII; write it as xn--...")
        self.is_secure = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port or (443 if self.is_secure else 80)
        self.path = quote(parts.path, safe="/%:@!$&'()*+,;=~")
        self._netloc = parts.netloc.rpartition("@")[2]
        self._login = _basic(parts.username, parts.password)
        self._tls = (tls or _tls()) if self.is_secure else None
        self.proxy = None if direct else _proxy_of(self.url)

    @property
    def shown(self) -> str:
        """The address without a login."""
        return shown_url(self.url)

    def request(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> bytes:
        """Return the bytes of a request for `path` behind the address of the server."""
        target = self.path + path + (f"?{query}" if query else "")
        fields = {"Host": self._netloc, "User-Agent": "tickcast"}
        if self._login:
            fields["Authorization"] = self._login
        if self.proxy is not None and not self.is_secure:
            target = f"http://{self._netloc}{target}"
            if self.proxy._login:
                fields["Proxy-Authorization"] = self.proxy._login
        fields |= headers or {}
        if body:
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body

    async def connect(self, connection: Connection) -> None:
        """Let a connection send its request here. Raises OSError (UntrustedError) or TimeoutError."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                if self.proxy is None:
                    await self._open(connection)
                elif self.is_secure:
                    await self._tunnel(connection, self.proxy)
                else:
                    await self.proxy._open(connection)
        except ssl.SSLError as error:
            raise self._tls_fault(error) from None

    async def _open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        try:
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: protocol,
                self.host,
                self.port,
                ssl=self._tls,
                happy_eyeballs_delay=_HAPPY_EYEBALLS,
            )
        except socket.gaierror as error:
            raise ConnectionError(f"no address is known for {self.host}: {error.strerror}") from None
        except ssl.SSLError as error:
            # Of a proxy it is the proxy that is not trusted.
            raise self._tls_fault(error) from None
        except OSError as error:
            if _is_refusal(error):
                raise ConnectionRefusedError(f"nothing listens at {self.host}:{self.port}") from None
            raise
        return transport

    def _tls_fault(self, error: ssl.SSLError) -> ConnectionError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return UntrustedError(untrusted(error, self.host, self.trusting))
        return ConnectionError(
            f"{self.host}:{self.port} does not answer in TLS ({error.reason or error}); is it http://?"
        )

    async def _tunnel(self, connection: Connection, proxy: "Server") -> None:
        loop, ready = asyncio.get_running_loop(), _Tunnel()
        transport = await proxy._open(ready)
        try:
            target = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
            login = f"Proxy-Authorization: {proxy._login}\r\n" if proxy._login else ""
            transport.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n".encode("latin-1"))
            status = await ready.answered
            if status != 200:
                raise ConnectionError(f"the proxy answers CONNECT with {status}")
            assert self._tls is not None
            secure = await loop.start_tls(transport, connection, self._tls, server_hostname=self.host)
            assert secure is not None
            connection.connection_made(secure)
        except BaseException:
            transport.abort()
            raise


class _Tunnel(asyncio.Protocol):
    """Reads the answer of a proxy to CONNECT."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._http = httptools.HttpResponseParser(self)
        self._bytes = 0

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        with suppress(*BROKEN):
            self._http.feed_data(data)
        if self._bytes > MAX_HEAD:
            self._fail(ConnectionError("the proxy answers without an end"))

    def on_headers_complete(self) -> None:
        if not self.answered.done():
            self.answered.set_result(self._http.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("the proxy has closed the connection"))

    def _fail(self, error: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(error)


class _Proxy(Server):
    """A proxy: it has no proxy of its own."""

    trusting = "SSL_CERT_FILE names a file with the CAs that prove it"

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the proxy at an address. Raises ProxyError."""
        scheme = url.partition("://")[0].lower()
        if scheme.startswith("socks"):
            raise ProxyError(f"the proxy {shown(url)} is SOCKS, which is not spoken here; use one of HTTP")
        if scheme not in ("http", "https"):
            raise ProxyError(f"the proxy {shown(url)} is no address like http://host:3128")
        try:
            return cls(url)
        except ValueError:
            raise ProxyError(f"the proxy {shown(url)} is no address like http://host:3128") from None


def _proxy_of(url: str) -> Server | None:
    proxy = proxy_for(url)
    return None if proxy is None else _Proxy.of(proxy)


def _is_refusal(error: OSError) -> bool:
    """Tell whether every address of a name refuses, or is of a kind that is not used here."""
    # Of several addresses asyncio has one error, which is none of the numbers but names them all.
    numbers = {int(number) for number in re.findall(r"\[Errno (\d+)\]", str(error))}
    return errno.ECONNREFUSED in numbers <= {errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.ENETUNREACH}


def untrusted(error: ssl.SSLCertVerificationError, host: str, trusting: str) -> str:
    """Return why a certificate does not prove a host, and what helps; `trusting` says how to trust it."""
    if error.verify_code in OTHER_NAME:
        return f"the certificate is not for {host}; use a name that it has"
    way = "it has to be renewed" if error.verify_code in EXPIRED else trusting
    return f"the certificate of {host} is not trusted: {error.verify_message or error}; {way}"


@cache
def _tls() -> ssl.SSLContext:
    """Return what proves servers. To read the CAs of the system takes 20 ms."""
    return ssl.create_default_context()


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    login = f"{unquote(user)}:{unquote(password or '')}"
    return "Basic " + base64.b64encode(login.encode()).decode("ascii")
