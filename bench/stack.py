"""A stack: Redis, a publisher and the measured server, on free ports of loopback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from tickcast.bench import redis_link
from tickcast.bench.cores import Cores
from tickcast.bench.process import Process, wait_for
from tickcast.cli.redis_link import valkey_argv
from tickcast.runtime.ports import free_ports

GIB = 1024**3

UNBOUNDED = {"stream_bytes": 4 * GIB, "work": 1000, "trusted_proxies": "127.0.0.1"}
"""All clients of the bench come from one address, which would have its share alone.

As from a proxy, more than 1,024 of its connections may stand without a stream: in a storm all connect before
the first of them sends its request.
"""

FIRST_TICKS_TIMEOUT = 5.0
"""Seconds of waiting for the first tick of each symbol, at most."""


class Stack:
    """Starts the programs of a scenario; each is a context manager and ends with its block."""

    def __init__(self, directory: Path, cores: Cores) -> None:
        self.cores = cores
        self.directory = directory
        (port,) = free_ports(1)
        self.redis_url = f"redis://127.0.0.1:{port}/0"
        self._redis_port = port
        self._started = 0

    def start(self, name: str, argv: list[str], *, measured: bool = False, **settings: object) -> Process:
        """Start a program; `settings` become TICKCAST_* variables."""
        self._started += 1
        environment = {f"TICKCAST_{key.upper()}": str(text) for key, text in settings.items()}
        log = self.directory / f"{self._started}-{name.replace(' ', '-')}.log"
        cores = self.cores.server if measured else None
        return Process(name, argv, log, {"TICKCAST_REDIS_URL": self.redis_url, **environment}, cores)

    def redis(self) -> Process:
        """Start a Redis and wait until it answers."""
        process = self.start("redis", valkey_argv(self._redis_port))
        wait_for(lambda: redis_link.answers(self.redis_url), "Redis answers", processes=[process])
        return process

    def feeder(self, symbols: int, rate: float) -> Process:
        """Start the publisher with the steady source, and wait for its first ticks; rate 0: unlimited.

        A symbol without a tick is missing in snapshots, so clients could not count its ticks. Therefore this
        waits for a tick of each symbol, except where the feed is so slow that no client counts.
        """
        argv = [sys.executable, "-m", "tickcast.bench.feeder", str(symbols), str(rate)]
        process = self.start("publisher", argv, log_level="warning")
        first = symbols if not rate or symbols / rate < FIRST_TICKS_TIMEOUT else 1
        wait_for(
            lambda: len(redis_link.newest(self.redis_url)) >= first, "the first ticks", processes=[process]
        )
        return process

    @contextmanager
    def gateway(self, *, measured: bool = True, **settings: object) -> Iterator[tuple[Process, int]]:
        """Start a gateway, on the measured core or off it; yield its process and its port."""
        (port,) = free_ports(1)
        argv = [sys.executable, "-m", "tickcast.bench.profiled_gateway"]
        given = {"port": port, "log_level": "warning", "drain": 0, **UNBOUNDED, **settings}
        with self.start("gateway", argv, measured=measured, **given) as process:
            wait_for(lambda: answers(port, "/readyz"), "the gateway is ready", processes=[process])
            yield process, port

    @contextmanager
    def baseline(self, name: str) -> Iterator[tuple[Process, int]]:
        """Start a server of bench/baselines on the measured core."""
        with self.app(f"baselines.{name}", self.redis_url) as running:
            yield running

    @contextmanager
    def app(self, name: str, *arguments: str, **settings: object) -> Iterator[tuple[Process, int]]:
        """Start a module of bench/ that serves on the measured core; its first argument is the port."""
        (port,) = free_ports(1)
        argv = [sys.executable, "-m", f"tickcast.bench.{name}", str(port), *arguments]
        with self.start(name, argv, measured=True, **settings) as process:
            wait_for(lambda: answers(port, "/readyz"), f"{name} is ready", processes=[process])
            yield process, port


def answers(port: int, path: str) -> bool:
    """Tell whether the server at `port` answers `path` with 200."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


@contextmanager
def stack(cores: Cores) -> Iterator[Stack]:
    """Yield a stack with a temporary directory for its logs."""
    with TemporaryDirectory(prefix="tickcast-bench-") as directory:
        yield Stack(Path(directory), cores)
