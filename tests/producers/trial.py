"""Many producers, several publishers, one of which is killed again and again: every tick taken appears once.

    python -m tests.producers.trial --seconds 60 --rate 20000 --producers 20

Redis, publishers and producers are real processes on this machine. The answers to the first producer go
through a line that is cut every second.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import time
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import redis

from tests.producers.ledger import Verdict, judge
from tests.support.eventually import eventually
from tests.support.held_line import HeldLine, held_line
from tests.support.ports import free_port
from tests.support.programs import Program, running_publisher
from tests.support.redundant import Node
from tests.web.node import node
from tickcast.wire.names import MAIN

PARTITIONS = 16
PUBLISHERS = 3
KINDS = ("async", "blocking", "redis-cli", "node", "http")
"""Kinds of producers, in turns."""

DRAINED = 120.0
"""Seconds in which the inboxes have to be empty when all is handed in."""


class Trial(NamedTuple):
    """How much, and for how long."""

    seconds: float
    rate: float
    """Ticks a second of all producers."""
    producers: int
    kill_every: float
    """Seconds between two kills of a publisher."""
    seed: int = 0


class Outcome(NamedTuple):
    """What came of it."""

    verdict: Verdict
    taken: int
    kills: int
    cuts: int
    rejected: int
    seconds: float
    """Until all was taken."""


async def run(trial: Trial) -> Outcome:
    """Run a trial. Raises AssertionError if a producer fails or the inboxes do not empty."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(Node())
        url = f"redis://127.0.0.1:{server.port}"
        line = await stack.enter_async_context(held_line(url))
        client = stack.enter_context(redis.Redis(port=server.port))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tickcast-")))
        publishers = Publishers(url, random.Random(trial.seed), folder / "secret")
        stack.push_async_callback(publishers.end)
        await publishers.start()
        cutter = Cutter(line)
        began = time.monotonic()
        troubles = [
            asyncio.create_task(publishers.kill(trial.kill_every)),
            asyncio.create_task(cutter.run()),
        ]
        try:
            places = {"http": publishers.http}
            work = (
                _producer(number, kind, places.get(kind, line.url if not number else url), trial)
                for number, kind in zip(range(trial.producers), cycle(KINDS), strict=False)
            )
            counts = await asyncio.gather(*work)
        finally:
            for task in troubles:
                task.cancel()
            results = await asyncio.gather(*troubles, return_exceptions=True)
        elapsed = time.monotonic() - began
        for result in results:
            if isinstance(result, Exception):
                raise result
        inboxes = [MAIN.inbox(each) for each in range(PARTITIONS)]
        await eventually(lambda: not any(map(client.xlen, inboxes)), DRAINED)
        await publishers.end()
        taken = dict(enumerate(counts))
        return Outcome(
            verdict=await asyncio.to_thread(judge, client, PARTITIONS, taken),
            taken=sum(counts),
            kills=publishers.kills,
            cuts=cutter.cuts,
            rejected=sum(client.llen(MAIN.rejects(each)) for each in range(PARTITIONS)),
            seconds=elapsed,
        )


class Publishers:
    """The publishers of the feed; those that are killed are replaced."""

    def __init__(self, url: str, chance: random.Random, secret: Path) -> None:
        self.kills = 0
        self._url = url
        self._chance = chance
        self._secret = secret
        self._ports = [free_port() for _ in range(PUBLISHERS)]
        self._running: dict[int, tuple[Program, AsyncExitStack]] = {}
        """By port."""
        secret.write_text("a secret of this trial alone", "ascii")

    @property
    def http(self) -> str:
        """Where a producer finds the secret, and the ports."""
        return ",".join(map(str, (self._secret, *self._ports)))

    async def start(self) -> None:
        """Start all."""
        for port in self._ports:
            await self._add(port)

    async def _add(self, port: int) -> None:
        stack = AsyncExitStack()
        settings: dict[str, Any] = {
            **{"source": "inbox", "partitions": PARTITIONS, "retention": 3600},
            **{"hand_in_port": port, "hand_in_secret_file": self._secret},
        }
        program = await stack.enter_async_context(
            running_publisher(self._url, retention_bytes=4 * 1024**3, **settings)
        )
        self._running[port] = program, stack

    async def kill(self, every: float) -> None:
        """Kill one, and start another, again and again."""
        while True:
            await asyncio.sleep(every)
            port = self._chance.choice(self._ports)
            program, stack = self._running.pop(port)
            program.signal(signal.SIGKILL)
            self.kills += 1
            await program.ended()
            await stack.aclose()
            await self._add(port)

    async def end(self) -> None:
        """End all, and let them write what they have."""
        while self._running:
            await self._running.popitem()[1][1].aclose()


class Cutter:
    """Loses the answers on a line, and cuts it, every second."""

    def __init__(self, line: HeldLine) -> None:
        self.cuts = 0
        self._line = line

    async def run(self) -> None:
        """Cut until cancelled."""
        while True:
            await asyncio.sleep(1)
            # Requests go through, and their answers are lost.
            self._line.hold()
            await asyncio.sleep(0.05)
            self._line.cut()
            self._line.release()
            self.cuts += 1


async def _producer(number: int, kind: str, where: str, trial: Trial) -> int:
    pace = (str(trial.rate / trial.producers), str(trial.seconds))
    words = [sys.executable, "-m", "tests.producers.producer", kind, str(number), where, *pace]
    if kind == "node":
        script = str(Path(__file__).parent / "producer.mjs")
        words = [str(node()), script, str(number), str(urlsplit(where).port), *pace]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()[-2000:]
    return int(json.loads(output.splitlines()[-1])["taken"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=20_000, help="ticks a second of all producers")
    parser.add_argument("--producers", type=int, default=20)
    parser.add_argument("--kill-every", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    outcome = asyncio.run(run(Trial(**vars(parser.parse_args()))))
    print(json.dumps(outcome._asdict() | {"verdict": outcome.verdict._asdict()}, indent=2))
    sys.exit(not outcome.verdict.is_exact)
