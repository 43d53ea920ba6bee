"""Ports: one reserved for gateways to share, others free for the moment."""

import contextlib
import errno
import socket

from tickcast.runtime.errors import UserError


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that holds `host`:`port` for gateways that bind it with SO_REUSEPORT.

    It never listens. Port 0 takes any free one. Raises UserError if the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UserError(f"--host {host}: no such address ({error.strerror}); try 127.0.0.1", 2) from None
    holder = socket.socket(family, kind, protocol)
    try:
        # Without SO_REUSEPORT at first, so that not even another `tickcast up` shares it unasked;
        # with SO_REUSEADDR, so that connections which just ended do not count.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(address)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError as error:
        holder.close()
        raise UserError(_refusal(host, port, error), 1) from None
    return holder


def _refusal(host: str, port: int, error: OSError) -> str:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken by another program; stop that, or take another port: --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"{where}: ports below 1024 are not for everybody; take another: --port 8080"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; try --host 127.0.0.1"
    return f"{where} cannot be had: {error.strerror}"


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody uses now, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
