"""A whole Tickcast of real processes: Redis, publishers, gateways, nginx; and the lines between them."""

import asyncio
import math
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from tests.faults.referee import gauges, nginx
from tests.faults.referee.clock import Clock, sweep
from tests.faults.referee.feeder import Feeder, Pipe
from tests.faults.referee.ledger import Ledger, follow_channel, follow_log, now
from tests.faults.referee.processes import Process, tickcast
from tests.faults.referee.proxy import Line
from tests.faults.referee.servers import SERVICE, Sentinel, Server, redis_binary, valkey_binary
from tests.faults.referee.shape import Shape
from tests.faults.referee.verdict import Fault
from tests.support.ports import free_port

START = 40.0
"""Seconds in which all has to be up, on a busy machine too."""

FAST = tuple(f"F{number}" for number in range(12))
RARE = ("R0", "R1", "R2")

STARTING = 4.0
"""Seconds from the start of a program to its first connection to Redis, at most."""

RESTART = 1.0
"""Seconds after which a program that ended by itself is started again, as Docker or systemd would."""

STAMPEDE = Path(__file__).with_name("stampede.py")


class World:
    """A context manager; all that it started has ended when it is left."""

    def __init__(self, shape: Shape, chance: random.Random, clients: int = 0) -> None:
        """`clients`: how many the referee itself has."""
        self.shape = shape
        self.clients = clients
        self.ledger = Ledger()
        self.findings: list[Fault] = []
        """What is wrong with the programs themselves."""
        self.feeder = Feeder(FAST, RARE, shape.rate, random.Random(chance.random()))
        self.gateways: list[Process] = []
        self.publishers: list[Process] = []
        self.servers: list[Server] = []
        """Every Redis there was."""
        self.sentinel: Sentinel | None = None
        self.balancer: nginx.Nginx | None = None
        self.lines: dict[str, Line] = {}
        """By what they lead from: `gateway-0` and `publisher-0` to Redis, `clients-0` and `balancer-0` to a
        gateway."""
        self.doors: dict[str, int] = {}
        self.ports = {f"gateway-{number}": free_port() for number in range(shape.gateways)}
        """Of gateways."""
        self._folder = TemporaryDirectory(prefix="tickcast-faults-")
        self._tasks: list[asyncio.Task[None]] = []
        self._refusals: list[list[float]] = []
        """From when to when Redis refused rights or passwords, s."""
        self._crowds: list[Process] = []
        clocks = ("redis", "publishers", "gateways") if shape.kind == "clocks" else ()
        self.clocks = {name: Clock(self.folder / f"{name}.clock") for name in clocks}
        self.redis = self._server()
        """The one that the programs should use."""

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return Path(self._folder.name)

    def found(self, kind: str, who: str, detail: str) -> None:
        """Note what is wrong with a program."""
        self.findings.append(Fault(kind, who, now(), detail))

    def _server(self) -> Server:
        name, clock = f"redis-{len(self.servers)}", self.clocks.get("redis")
        binary = redis_binary() if clock is None else valkey_binary()
        environment = None if clock is None else clock.environment
        server = Server(name, self.folder, binary, self.shape.durable, environment)
        self.servers.append(server)
        return server

    async def another(self) -> Server:
        """Return one more Redis that runs; the ledger follows it, too."""
        server = self._server()
        await server.up()
        self._follow(server)
        return server

    def lead_to(self, server: Server, which: str = "") -> None:
        """Let new connections of lines to Redis, or of some of them, lead to another server."""
        for name, line in self.lines.items():
            if name.startswith(("gateway", "publisher")) and name.startswith(which):
                line.target = server.port

    def _follow(self, server: Server) -> None:
        follow = (self._heard, server.port, self.shape.partitions)
        self._tasks += [asyncio.create_task(each(*follow)) for each in (follow_log, follow_channel)]

    def _heard(self, partition: int, raw: bytes, at: int) -> None:
        self.ledger.add(partition, raw, at)

    async def _line(self, name: str, target: int) -> int:
        line = self.lines[name] = Line(target, free_port())
        await line.open()
        return line.port

    async def _redis_url(self, name: str) -> str:
        if self.sentinel is not None:
            return f"sentinel://127.0.0.1:{self.sentinel.port}/{SERVICE}"
        return f"redis://127.0.0.1:{await self._line(name, self.redis.port)}"

    async def _program(self, kind: str, name: str, settings: dict[str, object]) -> Process:
        clock = self.clocks.get(f"{kind}s")
        file = None if clock is None else clock.file
        settings |= {"redis_url": await self._redis_url(name), "partitions": self.shape.partitions}
        return Process(name, tickcast(kind, clock=file), self.folder / f"{name}.log", settings)

    async def _programs(self) -> None:
        for name, port in self.ports.items():
            settings: dict[str, object] = {
                "port": port,
                "gateway_id": name,
                "heartbeat": self.shape.heartbeat,
                "drain": 1,
            }
            self.gateways.append(await self._program("gateway", name, settings))
            number = name.rpartition("-")[2]
            self.doors[name] = port
            self.doors[f"clients-{number}"] = await self._line(f"clients-{number}", port)
        for each in range(self.shape.publishers):
            publisher = await self._program("publisher", f"publisher-{each}", {"source": "stdin"})
            self.publishers.append(publisher)
        if self.shape.nginx:
            behind = [
                await self._line(f"balancer-{number}", port)
                for number, port in enumerate(self.ports.values())
            ]
            self.balancer = nginx.Nginx(self.folder, behind)
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
        await self.redis.up()
        if self.shape.kind == "sentinel":
            await self._pair()
        await self._programs()
        for publisher in self.publishers:
            self.start_publisher(publisher)
        for gateway in self.gateways:
            gateway.start()
        if self.balancer is not None:
            self.balancer.process.start()
        for server in self.servers:
            self._follow(server)
        self._tasks += [asyncio.create_task(each) for each in (self.feeder.run(), self._watch())]
        while self.ledger.accepted == 0 or not await self.is_ready():  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.1)

    async def _pair(self) -> None:
        replica = self._server()
        await replica.up()
        await replica.follow(self.redis.port)
        self.sentinel = Sentinel(self.folder, redis_binary(), self.redis.port)
        self.sentinel.start()
        while not await self.sentinel.knows_replica():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)

    async def _watch(self) -> None:
        """Note which program ends by itself, and start it again."""
        while True:
            await asyncio.sleep(0.2)
            for program in (*self.servers, *self.publishers, *self.gateways):
                if how := program.ended_itself():
                    if not self._may_end(program):
                        self.found("ended", program.name, f"{how}: {program.output(1)}")
                    await asyncio.sleep(RESTART)
                    self.start_publisher(program) if program in self.publishers else program.start()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Note that Redis refuses rights or passwords inside the block."""
        refusal = [time.monotonic(), math.inf]
        self._refusals.append(refusal)
        try:
            yield
        finally:
            refusal[1] = time.monotonic()

    def _may_end(self, program: Process) -> bool:
        """Tell whether it was started while Redis refused: it takes that for a wrong setting, and ends."""
        started = program.started_at
        return any(begin - STARTING <= started <= end for begin, end in self._refusals)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        processes = [*self.gateways, *self.publishers]
        if self.balancer is not None:
            processes.append(self.balancer.process)
        await asyncio.gather(*(process.end() for process in processes))
        killed = [*self.servers, *self._crowds, *([self.sentinel] if self.sentinel else [])]
        await asyncio.gather(*(process.kill() for process in killed))
        for server in self.servers if self.clocks else ():
            for pid in server.pids:
                sweep(pid)
        for pipe in self.feeder.pipes.values():
            pipe.close()
        for line in self.lines.values():
            await line.close()
        self._folder.cleanup()

    def outputs(self) -> str:
        """Return the end of what every program has printed."""
        programs = [*self.servers, *self.publishers, *self.gateways]
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

    def leader(self) -> Process:
        """Return the publisher that leads, or led last."""
        found = [each for each in self.publishers if each.name == self.feeder.leader]
        return found[0] if found else self.publishers[0]

    def standby(self) -> Process | None:
        """Return one that does not lead."""
        return next((each for each in self.publishers if each is not self.leader()), None)

    async def stampede(self, rate: int, hold: int, seconds: float) -> None:
        """Let so many more clients a second come to all gateways, and leave; `hold` at once, at most."""
        words = [str(word) for word in (STAMPEDE, rate, hold, seconds, *self.ports.values())]
        crowd = Process("crowd", [sys.executable, *words], self.folder / "crowd.log")
        self._crowds.append(crowd)
        crowd.start()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds + 20):
                await crowd.ended()
        await crowd.kill()

    async def is_ready(self) -> bool:
        """Tell whether every gateway says so."""
        return all([await gauges.is_ready(port) for port in self.ports.values()])

    async def goes_on(self, seconds: float) -> None:
        """Wait until the feed takes ticks again after all was healed; note if it does not in time."""
        before = self.ledger.accepted
        try:
            async with asyncio.timeout(seconds):
                while self.ledger.accepted == before:  # noqa: ASYNC110 - other processes
                    await asyncio.sleep(0.1)
        except TimeoutError:
            self.found("never came back", "feed", f"no tick accepted for {seconds} s after all was healed")

    async def heal(self) -> None:
        """End every fault: all lines are honest, and every process runs."""
        for line in self.lines.values():
            line.heal()
        for server in self.servers if self.sentinel else [self.redis]:
            await server.up()
        for publisher in self.publishers:
            self.start_publisher(publisher)
        for gateway in self.gateways:
            gateway.start()
        if self.balancer is not None:
            self.balancer.process.start()
