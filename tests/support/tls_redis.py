"""Debian's Redis with TLS alone: a server, a Sentinel and its master, a cluster. Valkey here has none."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis

from tests.support.certificates import Authority
from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.redundant import SERVICE
from tests.support.tools import need


class TlsNode:
    """A Redis, Sentinel or node of a cluster that wants a certificate of each client. A context manager."""

    def __init__(
        self,
        authority: Authority,
        *lines: str,
        hosts: str = "DNS:localhost,IP:127.0.0.1",
        sentinel: bool = False,
        days: int = 30,
    ) -> None:
        """Take lines of redis.conf; `hosts` are what its certificate names; it is good for `days`."""
        self.port, self.bus = free_port(), free_port()
        self.authority = authority
        self._directory = TemporaryDirectory(prefix="tickcast-tls-")
        self._own = authority.sign(f"node-{self.port}", hosts, days)
        certificate, key = self._own
        self._config = Path(self._directory.name) / "conf"
        self._config.write_text(
            "\n".join(
                (
                    *("port 0", f"tls-port {self.port}", "bind 127.0.0.1", f"dir {self._directory.name}"),
                    *(f"tls-cert-file {certificate}", f"tls-key-file {key}"),
                    f"tls-ca-cert-file {authority.certificate}",
                    *("tls-replication yes", "tls-auth-clients yes"),
                    *(() if sentinel else ('save ""', f"cluster-port {self.bus}")),
                    *lines,
                )
            )
            + "\n",
            "utf-8",
        )
        self._sentinel = ["--sentinel"] if sentinel else []

    def __enter__(self) -> "TlsNode":
        with (Path(self._directory.name) / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [need("redis-server"), str(self._config), *self._sentinel], stdout=log, stderr=log
            )
        wait_until(self._answers)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()

    def client(self, **options: Any) -> "redis.Redis[bytes]":
        """Return a client that the server trusts."""
        certificate, key = self._own
        return redis.Redis(
            port=self.port,
            ssl=True,
            ssl_ca_certs=str(self.authority.certificate),
            ssl_certfile=str(certificate),
            ssl_keyfile=str(key),
            ssl_check_hostname=False,
            protocol=2,
            **options,
        )

    def ask(self, *command: str | int) -> Any:
        """Return the answer to a command."""
        with self.client() as client:
            return client.execute_command(*command)  # type: ignore[no-untyped-call]

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING"))
        except redis.AuthenticationError:
            return True
        except redis.RedisError:
            return False


@contextmanager
def tls_sentinel(authority: Authority, *lines: str) -> Iterator[tuple[TlsNode, TlsNode]]:
    """Run a master, and a Sentinel with these lines of its own; both have TLS alone."""
    with ExitStack() as nodes:
        master = nodes.enter_context(TlsNode(authority))
        watched = f"sentinel monitor {SERVICE} 127.0.0.1 {master.port} 1"
        sentinel = nodes.enter_context(TlsNode(authority, watched, *lines, sentinel=True))
        yield master, sentinel


@contextmanager
def tls_cluster(authority: Authority) -> Iterator[list[TlsNode]]:
    """Run a cluster of three masters that talk by TLS alone."""
    with ExitStack() as running:
        config = ("cluster-enabled yes", "tls-cluster yes", "cluster-require-full-coverage no")
        nodes = [running.enter_context(TlsNode(authority, *config)) for _ in range(3)]
        for node, (first, last) in zip(nodes, ((0, 5460), (5461, 10922), (10923, 16383)), strict=True):
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for epoch, node in enumerate(nodes, 1):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", epoch)
            node.ask("CLUSTER", "MEET", "127.0.0.1", nodes[0].port, nodes[0].bus)
        wait_until(
            lambda: all(
                b"cluster_state:ok" in (info := node.ask("CLUSTER", "INFO"))
                and b"cluster_known_nodes:3" in info
                for node in nodes
            )
        )
        yield nodes
