"""Whose request it is: the address that a client's share is counted by."""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from tickcast.runtime.networks import Network

KEPT = 4096
"""Addresses that are remembered once they are known: to parse one takes some µs."""

MAX_FORWARDED = 512
"""Characters of `X-Forwarded-For` that are read, at most: the newest entries, which proxies of ours wrote."""

UNKNOWN = "unknown"
"""The address of all clients without one, such as those of a Unix socket."""

SUBNET = 64
"""Bits of an IPv6 address that count: one customer has at least all addresses behind them."""

_WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|([\d.]+):\d+")


class Addresses:
    """Finds the address of a client, which may come through proxies."""

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        """Believe what proxies in these networks say of where a request came from."""
        self._trusted = trusted
        self._found = lru_cache(KEPT)(self._find)

    def of(self, peer: str, forwarded: str) -> str:
        """Return the address of a client from that of its connection, and `X-Forwarded-For`."""
        return self._found(peer, forwarded[-MAX_FORWARDED:])

    def is_trusted(self, peer: str) -> bool:
        """Tell whether an address is that of a trusted proxy."""
        address = _parse(peer)
        return address is not None and self._is_trusted(address)

    def _find(self, peer: str, forwarded: str) -> str:
        address = _parse(peer)
        if address is None:
            return UNKNOWN
        for entry in reversed(forwarded.split(",")) if forwarded else ():
            if not self._is_trusted(address):
                break
            # What a proxy of ours did not write as an address is not believed.
            said = _parse(entry.strip())
            if said is None:
                break
            address = said
        return _counted(address)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    if with_port := _WITH_PORT.fullmatch(text):
        text = with_port[1] or with_port[2]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    host = 128 - SUBNET
    return f"{IPv6Address(int(address) >> host << host)}/{SUBNET}"
