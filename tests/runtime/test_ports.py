"""The port that gateways share."""

import socket

import pytest

from tickcast.runtime.errors import UserError
from tickcast.runtime.ports import free_ports, reserve


def test_gateways_can_share_a_reserved_port() -> None:
    with reserve("127.0.0.1", 0) as holder, socket.socket() as one, socket.socket() as two:
        for gateway in (one, two):
            gateway.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            gateway.bind(holder.getsockname())
            gateway.listen()


def test_a_reserved_port_cannot_be_reserved_again() -> None:
    with reserve("127.0.0.1", 0) as holder, pytest.raises(UserError, match="taken"):
        reserve("127.0.0.1", holder.getsockname()[1])


def test_a_listener_that_would_share_does_not_count_as_free() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UserError, match="--port"):
            reserve("127.0.0.1", other.getsockname()[1])


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(UserError, match="no address of this machine"):
        reserve("192.0.2.1", 0)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(20))) == 20
