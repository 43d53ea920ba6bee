"""A bare loop of send(), the least cost of a delivery.

    python -m tickcast.bench.bare_send PORT CLIENTS RATE BYTES TICKS

It answers each client with a response head, and RATE times a second sends BYTES bytes to each client, which
load clients count as TICKS ticks. No server that writes to one client at a time can cost less.
"""

import socket
import sys
import time

from tickcast.bench.client import TICK_MARK

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


def accept(port: int, clients: int) -> list[socket.socket]:
    """Return the sockets of `clients` clients, after a response head to each."""
    with socket.create_server(("127.0.0.1", port), backlog=4096) as listener:
        print("listening", flush=True)
        accepted: list[socket.socket] = []
        while len(accepted) < clients:
            client, _ = listener.accept()
            client.recv(65536)
            client.sendall(HEAD)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setblocking(False)
            accepted.append(client)
        return accepted


def send_for_ever(clients: list[socket.socket], rate: float, frame: bytes) -> None:
    """Send `frame` to every client, `rate` times a second; skip a client whose socket is full."""
    due = time.monotonic()
    while True:
        for client in clients:
            try:
                client.send(frame)
            except BlockingIOError:
                continue
        due = max(due + 1 / rate, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))


def frame_of(size: int, ticks: int) -> bytes:
    """Return `size` bytes that a load client counts as `ticks` ticks."""
    return (TICK_MARK * ticks).ljust(size - 2, b"x") + b"\n\n"


if __name__ == "__main__":
    port, number, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    size, ticks = int(sys.argv[4]), int(sys.argv[5])
    send_for_ever(accept(port, number), rate, frame_of(size, ticks))
