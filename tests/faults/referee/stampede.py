"""A crowd of clients that come and go, as cheap as can be: stampede.py RATE HOLD SECONDS PORT...

A process of its own, so that it holds up neither the referee nor its clients. Each client asks for a stream
with one of many lists, reads for a moment, and breaks it off.
"""

import asyncio
import random
import sys

TURN = 0.05
"""Seconds between two bursts."""

STAY = 0.4
"""Seconds that a client stays, at most."""

LISTS = 300


class _Client(asyncio.Protocol):
    """One client; it reads nothing but how the answer begins."""

    def __init__(self, request: bytes, crowd: "_Crowd") -> None:
        self._request, self._crowd, self._began = request, crowd, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._crowd.open += 1
        transport.write(self._request)
        asyncio.get_running_loop().call_later(random.random() * STAY, transport.abort)

    def data_received(self, data: bytes) -> None:
        if not self._began:
            self._began = True
            self._crowd.answers += b" 200 " in data[:16]

    def connection_lost(self, exc: Exception | None) -> None:
        self._crowd.open -= 1


class _Crowd:
    def __init__(self, ports: list[int]) -> None:
        self.open = self.came = self.answers = self.failed = 0
        self._ports = ports

    def _request(self) -> bytes:
        chosen = random.randrange(LISTS)
        query = f"symbols=F{chosen % 12},F{chosen % 7},Z{chosen}&interval={random.choice((0, 0, 250))}"
        lines = [f"GET /v1/stream?{query} HTTP/1.1", "Host: 127.0.0.1"]
        if random.random() < 0.5:
            lines.append("Accept-Encoding: gzip")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def come(self) -> None:
        """Come once."""
        loop = asyncio.get_running_loop()
        self.came += 1
        try:
            async with asyncio.timeout(2):
                port = random.choice(self._ports)
                await loop.create_connection(lambda: _Client(self._request(), self), "127.0.0.1", port)
        except (OSError, TimeoutError):
            self.failed += 1


async def _run(rate: int, hold: int, seconds: float, ports: list[int]) -> None:
    loop, crowd, tasks = asyncio.get_running_loop(), _Crowd(ports), set[asyncio.Task[None]]()
    end = loop.time() + seconds
    while loop.time() < end:
        free = hold - crowd.open - len(tasks)
        for _ in range(max(0, min(free, int(rate * TURN)))):
            task = asyncio.create_task(crowd.come())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(TURN)
    while crowd.open or tasks:  # noqa: ASYNC110 - nothing announces it
        await asyncio.sleep(TURN)
    print(f"{crowd.came} came, {crowd.answers} had a stream, {crowd.failed} could not connect")


if __name__ == "__main__":
    # The folder of this file is no place to import from: it has a module named like one of Python's own.
    rate, hold, seconds, *ports = sys.argv[1:]
    asyncio.run(_run(int(rate), int(hold), float(seconds), [int(port) for port in ports]))
