"""Ports that answer whoever asks: Redis without a password, and private ports of gateways and publishers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from tickcast.cli.doctor.reach import Reach, own_addresses, reach_of, resolved
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.runtime.redis.address import parse_redis_address

TIMEOUT = 2.0
"""Seconds for a connection and for an answer: where a firewall drops what comes, there is none."""

PRIVATE = (9101, 9100)
"""The private port of gateways, and the port of a publisher's metrics, as the images set them."""

REDIS = 6379
"""The port of a Redis."""


class PortsSeen(NamedTuple):
    """What answered."""

    redis_open: list[str]
    """Addresses at which other machines may reach Redis, and it obeys whoever asks."""
    redis_skipped: str
    """Why Redis was not asked; empty if it was."""
    private_skipped: str
    """Why private ports were not asked; empty if they were."""
    private_open: list[str]
    """Addresses with ports at which metrics are shown."""
    redis_public: list[str]
    """Public addresses at which a Redis answers without TLS, be it with a refusal."""


async def read_ports(settings: DoctorSettings) -> PortsSeen:
    """Ask at all addresses that other machines may reach."""
    targets, skipped = await _redis_targets(settings)
    host = urlsplit(settings.url).hostname or ""
    addresses = await resolved(host, 80)
    # Behind an address of this machine alone there may be ports for others.
    hosts, why = addresses, ""
    if reach_of(addresses) is Reach.MACHINE:
        hosts = own_addresses()
        if settings.published_at is not None:
            # In a container its own addresses are not those that others reach.
            hosts, why = [], "others reach it at another address than the doctor (--published-at)"
    private = [(each, port) for each in hosts for port in PRIVATE]
    public = {each for each in targets if reach_of(each[:1]) is Reach.WORLD}
    public |= {(each, REDIS) for each in addresses if reach_of([each]) is Reach.WORLD}
    obeying, showing, answering = await asyncio.gather(
        _those(obeys, targets), _those(shows_metrics, private), _those(is_redis, sorted(public))
    )
    return PortsSeen(obeying, skipped, why, showing, answering)


async def _those(
    asked: Callable[[str, int], Awaitable[bool]], places: Sequence[tuple[str, int]]
) -> list[str]:
    """Return the addresses with ports of which the answer is yes."""
    answers = await asyncio.gather(*(asked(*each) for each in places))
    return [f"{host}:{port}" for (host, port), answer in zip(places, answers, strict=True) if answer]


async def _redis_targets(settings: DoctorSettings) -> tuple[list[tuple[str, int]], str]:
    """Return where other machines may reach Redis, or why that is not known."""
    address = parse_redis_address(settings.redis_url)
    if not settings.knows_redis:
        return [], "no Redis is named"
    if address.socket:
        return [], "the address is a socket, which has no port"
    if address.kind == "sentinel":
        return [], "the address names Sentinels, not the servers"
    if address.tls is not None:
        return [], "Redis has TLS at this port"
    found: list[tuple[str, int]] = []
    for host in address.hosts:
        addresses = await resolved(host.name, host.port)
        if not addresses:
            return [], f"the host {host.name} is not found"
        if reach_of(addresses) is Reach.MACHINE:
            # It may listen on other addresses of this machine, too.
            addresses = own_addresses()
        found += [(each, host.port) for each in addresses]
    return found, ""


async def obeys(host: str, port: int) -> bool:
    """Tell whether a Redis carries out a command of somebody without a login."""
    answer = await ask(host, port, b"EXISTS tickcast\r\n", 32)
    return answer.startswith(b":")


async def is_redis(host: str, port: int) -> bool:
    """Tell whether a Redis answers at a port, be it with a refusal."""
    answer = await ask(host, port, b"PING\r\n", 32)
    return answer.startswith((b"+PONG", b"-NOAUTH", b"-NOPERM", b"-DENIED"))


async def shows_metrics(host: str, port: int) -> bool:
    """Tell whether a port shows metrics of Tickcast."""
    request = b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n"
    answer = await ask(host, port, request, 256 * 1024)
    return answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")) and b"tickcast_" in answer


async def ask(host: str, port: int, request: bytes, most: int) -> bytes:
    """Return the beginning of what a port answers; nothing if nobody does."""
    writer = None
    answer = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(request)
            while len(answer) < most and (data := await reader.read(most)):
                answer += data
                if most <= 32:
                    break
    except OSError:
        pass
    finally:
        if writer is not None:
            writer.close()
    return bytes(answer)


def listed(addresses: Sequence[str]) -> str:
    """Return addresses for a sentence."""
    return ", ".join(addresses[:4])
