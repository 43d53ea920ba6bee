"""Clients that reconnect at once: no client waits for another, and time runs until each has caught up."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import Pipe
from threading import Thread

import pytest

from tests.bench.test_client import HEAD, HELLO, START, tick
from tests.support.eventually import wait_until
from tickcast.bench.catalogue import SCENARIOS
from tickcast.bench.client import EVERY_TICK
from tickcast.bench.connect_storm import ConnectStorm, listen_overflows
from tickcast.bench.cores import divided
from tickcast.bench.load import targets
from tickcast.bench.load_process import MAX_CONNECTING, LoadOptions, LoadProcess
from tickcast.bench.options import Options
from tickcast.bench.scenario import Bench
from tickcast.bench.stack import stack
from tickcast.gateway.transport.connections import SHARE

SIZE = MAX_CONNECTING + 100
THEN = {b"A": 6, b"B": 7}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port at which no client is accepted until a test does it."""
    with socket.create_server(("127.0.0.1", 0), backlog=2 * SIZE) as server:
        server.settimeout(60)
        yield server


@pytest.fixture
def load() -> Iterator[LoadProcess]:
    """Clients that had a snapshot and no tick when they were cut."""
    mine, theirs = Pipe()
    load = LoadProcess(theirs, LoadOptions(1, targets(["/"] * SIZE), EVERY_TICK, 1, resuming=True))
    for client in load._clients:
        client.take(START)
    load.cut()
    yield load
    load.cut()
    mine.close()
    theirs.close()


def at(load: LoadProcess, listener: socket.socket) -> None:
    """Point a load to a listener."""
    load._options = load._options._replace(port=listener.getsockname()[1])


def all_connected(storm: ConnectStorm) -> list[socket.socket]:
    """Return all connections of a storm, once they are established."""
    found = []
    while storm.pending:
        found += [sock for _, sock in storm.connected()]
    return found


def test_a_storm_is_connected_before_any_client_is_accepted(listener: socket.socket) -> None:
    storm = ConnectStorm(listener.getsockname()[1], [b"x"] * SIZE)
    clients = all_connected(storm)
    assert len(clients) == SIZE
    with listener.accept()[0] as first:
        assert first.recv(9) == b"x"
    for each in clients:
        each.close()
    storm.close()


def test_what_a_full_queue_drops_is_counted_and_knocks_again() -> None:
    before = listen_overflows()
    with socket.create_server(("127.0.0.1", 0), backlog=2) as server:
        server.settimeout(60)
        storm = ConnectStorm(server.getsockname()[1], [b"x"] * 20)
        assert listen_overflows() > before
        accepted: list[socket.socket] = []
        thread = Thread(target=lambda: accepted.extend(server.accept()[0] for _ in range(20)))
        thread.start()
        clients = all_connected(storm)
        thread.join()
        assert len(clients) == len(accepted) == 20
        for each in (*clients, *accepted):
            each.close()
        storm.close()


def test_all_return_at_once_and_are_back_when_the_last_has_what_it_missed(
    listener: socket.socket, load: LoadProcess
) -> None:
    sent = []

    def serve() -> None:
        # Nobody is answered before everybody is there: a load that lets only so many in would wait for ever.
        clients = [listener.accept()[0] for _ in range(SIZE)]
        for each in clients:
            assert each.recv(65536).startswith(b"GET / HTTP/1.1")
            each.sendall(HEAD + HELLO % b"replayed")
        for each in clients[:-1]:
            each.sendall(tick("A", 6))
        wait_until(lambda: all(client.opened for client in load._clients))
        sent.append(time.monotonic())
        clients[-1].sendall(tick("A", 6))
        served.extend(clients)

    served: list[socket.socket] = []
    at(load, listener)
    thread = Thread(target=serve)
    thread.start()
    back = load.reconnect(THEN)
    thread.join()
    assert back.connecting < back.opened <= back.caught_up
    assert sent[0] < back.caught_up
    assert back.behind == 0
    assert load.totals().clients == SIZE
    for each in served:
        each.close()


def test_a_refused_connection_is_a_fault_and_ends_the_reconnection(
    listener: socket.socket, load: LoadProcess
) -> None:
    at(load, listener)
    listener.close()
    back = load.reconnect(THEN)
    assert back.behind == SIZE
    assert load.totals().faults


def test_a_storm_is_exact_and_says_how_long_it_took() -> None:
    with divided() as cores:
        options = Options(clients=60, rate=200.0, symbols=20)
        result = SCENARIOS["storm"].run(Bench(cores, options, lambda _text: None))
    (row,) = result.rows
    assert 0 < float(row["connecting"] or 0) <= float(row["opened"] or 0) <= float(row["caught_up"] or 0)
    assert row["gaps"] == 0
    missed = next(target for target in result.targets if target.what.startswith("until all are back"))
    assert missed.measured == row["caught_up"]


def test_the_gateway_takes_a_storm_in_which_all_connect_before_the_first_asks() -> None:
    with (
        divided() as cores,
        stack(cores) as place,
        place.redis(),
        place.gateway() as (_, port),
        ExitStack() as all_,
    ):
        silent = [
            all_.enter_context(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(SHARE + 50)
        ]
        for each in silent:
            each.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert {each.recv(12) for each in silent} == {b"HTTP/1.1 200"}
