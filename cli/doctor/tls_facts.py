"""How an address with TLS proves itself, and until when."""

import asyncio
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.trust import context_of
from tickcast.runtime.redis.address import parse_redis_address

TIMEOUT = 5.0
"""Seconds for a handshake."""


class TlsSeen(NamedTuple):
    """What a handshake showed."""

    host: str
    days: float | None = None
    """Days until the certificate expires; None if it was not proved."""
    protocol: str = ""
    """What of HTTP was agreed on, such as `h2`."""
    refused: str = ""
    """Why the certificate is not trusted; empty if it is."""
    number: int = 0
    """OpenSSL's number for that."""
    unreachable: str = ""
    """Why there was no handshake at all; empty if there was."""


async def web_tls(settings: DoctorSettings) -> TlsSeen | None:
    """Return what the address of clients shows; None if it has no TLS."""
    parts = urlsplit(settings.url)
    if parts.scheme != "https":
        return None
    context = context_of(settings.cacert)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return await handshake(parts.hostname or "", parts.port or 443, context)


async def redis_tls(settings: DoctorSettings) -> TlsSeen | None:
    """Return what the first host of Redis's address shows; None if it has no TLS, or other options of it."""
    address = parse_redis_address(settings.redis_url)
    if address.tls is None or address.tls:
        return None
    try:
        context = context_of(settings.redis_ca_file)
        if settings.redis_cert_file is not None:
            context.load_cert_chain(settings.redis_cert_file, settings.redis_key_file)
    except (OSError, ssl.SSLError):
        # redis-tls says so.
        return None
    return await handshake(address.hosts[0].name, address.hosts[0].port, context)


async def handshake(host: str, port: int, context: ssl.SSLContext) -> TlsSeen:
    """Return what a handshake with a host shows."""
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        return TlsSeen(host, refused=error.verify_message or str(error), number=error.verify_code)
    except (OSError, ValueError) as error:
        # ValueError: a name that no certificate can have.
        return TlsSeen(host, unreachable=str(error) or type(error).__name__)
    try:
        socket: ssl.SSLObject = writer.get_extra_info("ssl_object")
        certificate = socket.getpeercert() or {}
        ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        return TlsSeen(host, (ends - time.time()) / 86_400, socket.selected_alpn_protocol() or "")
    finally:
        writer.close()
