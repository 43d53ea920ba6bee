"""TCP ports of this machine: bind one, reserve one that several processes share, find free ones."""

import contextlib
import errno
import socket

from tickcast.runtime.errors import UserError


def bind(host: str, port: int, backlog: int, reuse_port: bool = False) -> socket.socket:
    """Return a non-blocking TCP socket that has the address. Raises OSError.

    It listens already, unless others share the port: so a port that is in use is found at once.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Name the protocol: asyncio turns Nagle's algorithm off only on a socket that says TCP. The algorithm
    # holds a small frame back until the client has acknowledged the last one (40 ms).
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
        if not reuse_port:
            sock.listen(backlog)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def reserve(host: str, port: int) -> socket.socket:
    """Return a socket that reserves `host`:`port` for processes that bind it with SO_REUSEPORT.

    The socket never listens. Port 0 means any free port. Raises UserError if the address cannot be bound.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UserError(f"--host {host}: no such address ({error.strerror}); try 127.0.0.1", 2) from None
    holder = socket.socket(family, kind, protocol)
    try:
        # Bind without SO_REUSEPORT, so that no other `tickcast up` can share the port by accident, and
        # with SO_REUSEADDR, so that connections in TIME_WAIT do not block it.
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
        return f"{where}: ports below 1024 need privileges; take another: --port 8080"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; try --host 127.0.0.1"
    return f"{where} cannot be bound: {error.strerror}"


def free_ports(count: int) -> list[int]:
    """Return `count` different ports of 127.0.0.1 that no socket uses now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
