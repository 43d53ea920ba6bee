"""Who can reach an address: this machine, its network, or the world."""

import asyncio
import socket
from collections.abc import Iterable
from enum import IntEnum
from ipaddress import ip_address


class Reach(IntEnum):
    """Who can reach an address; the widest comes last."""

    MACHINE = 0
    NETWORK = 1
    """Machines of a private network, such as that of a company or of containers."""
    WORLD = 2


def reach_of(addresses: Iterable[str]) -> Reach:
    """Return who can reach the widest of some addresses; one that is none counts as a network's."""
    return max((_reach(each) for each in addresses), default=Reach.NETWORK)


def _reach(text: str) -> Reach:
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return Reach.MACHINE if text == "localhost" or text.endswith(".localhost") else Reach.NETWORK
    if address.is_loopback:
        return Reach.MACHINE
    return Reach.WORLD if address.is_global or address.is_unspecified else Reach.NETWORK


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses of a host; none if it is not found."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def own_addresses() -> list[str]:
    """Return addresses of this machine that other machines may reach."""
    found = set()
    for family, anywhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            # Nothing is sent: the kernel only chooses the address that it would send from.
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                line.connect((anywhere, 9))
                found.add(str(line.getsockname()[0]))
        except OSError:
            continue
    return sorted(each for each in found if _reach(each) is not Reach.MACHINE)
