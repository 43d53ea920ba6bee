"""The address that a client's share is counted by, behind proxies that are trusted and others."""

import pytest

from tickcast.gateway.limits.address import MAX_FORWARDED, UNKNOWN, Addresses
from tickcast.gateway.settings import GatewaySettings
from tickcast.runtime.networks import parse_networks

OURS = "10.0.0.0/8, fd00::/8"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        # Nobody is believed unless he is named.
        ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (OURS, "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        (OURS, "10.0.0.1", "198.51.100.7", "198.51.100.7"),
        # What a client wrote stands in front of what the proxies wrote.
        (OURS, "10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (OURS, "10.0.0.1", "", "10.0.0.1"),
        (OURS, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        # Garbage from a client is never reached; garbage from a proxy of ours is not believed.
        (OURS, "10.0.0.1", "garbage, 198.51.100.7", "198.51.100.7"),
        (OURS, "10.0.0.1", "198.51.100.7, unknown", "10.0.0.1"),
        (OURS, "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        (OURS, "fd00::1", "[2001:db8::1]:443", "2001:db8::/64"),
        (OURS, "::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        # A customer with IPv6 has 2**64 addresses at least.
        ("", "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("", "", "198.51.100.7", UNKNOWN),
    ],
)
def test_the_address_of_a_client(trusted: str, peer: str, forwarded: str, address: str) -> None:
    assert Addresses(parse_networks(trusted)).of(peer, forwarded) == address


def test_a_header_of_any_length_costs_no_more_than_its_newest_entries() -> None:
    addresses = Addresses(parse_networks(OURS))
    assert addresses.of("10.0.0.1", "x" * 60_000 + ", 198.51.100.7") == "198.51.100.7"
    assert addresses.of("10.0.0.1", "10.0.0.2," * MAX_FORWARDED) == "10.0.0.1"


def test_a_network_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'10\.0\.0\.1/8' is no network"):
        GatewaySettings(trusted_proxies="192.0.2.0/24,10.0.0.1/8")
