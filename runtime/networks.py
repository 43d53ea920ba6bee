"""A list of IP networks, as settings give it. Pure."""

from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma list, such as `10.0.0.0/8,fd00::/8,192.0.2.1`; an empty list has none.

    Raises ValueError, which names the entry.
    """
    return tuple(_network(entry) for entry in (part.strip() for part in text.split(",")) if entry)


def _network(entry: str) -> Network:
    try:
        return ip_network(entry)
    except ValueError as error:
        raise ValueError(f"{entry[:60]!r} is no network, such as 10.0.0.0/8 or fd00::/8: {error}") from None
