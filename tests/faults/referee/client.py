"""One client of the referee: asks for a stream over a raw socket, reads it, comes back, notes what it saw."""

import asyncio
import json
import random
import socket
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from tests.faults.referee.ledger import now
from tests.faults.referee.reader import MalformedError, SseEvent, StreamReader
from tests.faults.referee.trace import (
    CLOSED,
    CONNECTION,
    ENDED,
    LEFT,
    MALFORMED,
    PAUSED,
    RESUMED,
    SILENCE,
    Event,
    Opening,
    Plan,
    Trace,
)

CONNECT = 2.0
"""Seconds for a connection, and then for the head of the answer."""

AGAIN = (0.1, 0.5)
"""Seconds until a client comes back. Real ones wait longer; this asks more of the gateways."""

STAY = (1.0, 5.0)
"""Seconds for which a client that wanders stays."""

READS = (1.0, 4.0)
STOPS = (2.0, 5.0)
"""Seconds for which a client that stops reads, and does not."""

SLOW = 2048
"""Bytes that a slow client reads at once, ten times a second."""

MARKS = 400
"""Cursors that a client remembers, to come back with an old one."""

Doors = Mapping[str, int]
"""Ports of this machine by name: of gateways, of lines before them, of nginx."""


class Client:
    """Runs until it is cancelled."""

    def __init__(self, plan: Plan, doors: Doors, chance: random.Random) -> None:
        self.trace = Trace(plan)
        self.calm = False
        """Set for the end of a run: read all, break nothing off, change nothing."""
        self.symbols = list(plan.symbols)
        """Its list, as the stream has confirmed it."""
        self._plan, self._doors, self._chance = plan, doors, chance
        self._marks: deque[tuple[str, int]] = deque(maxlen=MARKS)
        self._unmarked = False
        """Symbols were added, and their snapshot has not come: older cursors are no good for the new list."""
        self._stream = ""

    @property
    def is_open(self) -> bool:
        """Tell whether it has a stream."""
        return bool(self._stream)

    def _note(self, kind: str, data: Any = None) -> None:
        self.trace.events.append(Event(now(), kind, data))

    async def run(self) -> None:
        """Come and come back."""
        while True:
            how = ENDED
            try:
                how = await self._visit()
            except MalformedError as error:
                self._note(MALFORMED, str(error))
            except (OSError, TimeoutError) as error:
                how = repr(error)
            finally:
                self._stream = ""
                self._note(CLOSED, how)
            await asyncio.sleep(self._chance.uniform(*AGAIN))

    async def _visit(self) -> str:
        """Ask for a stream and read it; return how it ended."""
        door = self._chance.choice(sorted(self._doors))
        opening, cursor = self._opening(door)
        with socket.socket() as sock:
            sock.setblocking(False)
            if self._plan.pace != "fast":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._note(CONNECTION, opening)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(CONNECT):
                await loop.sock_connect(sock, ("127.0.0.1", self._doors[door]))
                await loop.sock_sendall(sock, self._request(opening, cursor))
            if not self._plan.patches:
                return await self._read(sock)
            changing = asyncio.create_task(self._change())
            try:
                return await self._read(sock)
            finally:
                changing.cancel()
                with suppress(asyncio.CancelledError):
                    await changing

    def _opening(self, door: str) -> tuple[Opening, str]:
        symbols = tuple(self.symbols)
        draw = self._chance.random() if self._plan.hostile and not self.calm else 0.0
        if draw > 0.7 or not self._marks:
            if draw > 0.85:
                return Opening(door, symbols, "forged"), self._forged()
            return Opening(door, symbols), ""
        if draw > 0.35:
            cursor, index = self._chance.choice(self._marks)
            return Opening(door, symbols, "old", index), cursor
        cursor, index = self._marks[-1]
        return Opening(door, symbols, "own", index), cursor

    def _forged(self) -> str:
        own = self._marks[-1][0] if self._marks else "AQIDBAUG"
        return self._chance.choice(
            ["!", "A" * 5000, own[:-6] + "!", "AAAA", f"{own}.x", "0-0", "..", own[:5]]
        )

    def _request(self, opening: Opening, cursor: str) -> bytes:
        plan = self._plan
        query = {"symbols": ",".join(opening.symbols), "interval": str(plan.interval)}
        if plan.array:
            query["format"] = "array"
        if plan.bars:
            query["bars"] = plan.bars
        lines = [f"GET /v1/stream?{urlencode(query, safe=',')} HTTP/1.1", "Host: 127.0.0.1"]
        if plan.encoding != "identity":
            lines.append(f"Accept-Encoding: {plan.encoding.removesuffix('-go')}")
        if cursor:
            lines.append(f"Last-Event-ID: {cursor}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    async def _read(self, sock: socket.socket) -> str:
        loop, chance, plan = asyncio.get_running_loop(), self._chance, self._plan
        reader = StreamReader(plan.encoding)
        leaves = loop.time() + chance.uniform(*STAY) if plan.wanders else float("inf")
        stops = loop.time() + chance.uniform(*READS) if plan.pace == "stopped" else float("inf")
        while not reader.complete:
            if not self.calm and loop.time() > leaves:
                return LEFT
            if not self.calm and loop.time() > stops:
                self._note(PAUSED)
                await asyncio.sleep(chance.uniform(*STOPS))
                self._note(RESUMED)
                stops = loop.time() + chance.uniform(*READS)
            slow = plan.pace == "slow" and not self.calm
            if slow:
                await asyncio.sleep(0.1)
            patience = SILENCE * self.trace.heartbeat / 1000 if reader.status else CONNECT
            async with asyncio.timeout(patience):
                data = await loop.sock_recv(sock, SLOW if slow else 65536)
            if not data:
                return "cut"
            for event in reader.feed(data):
                self._on(event)
            if reader.status not in (0, 200):
                return f"status {reader.status}"
        return "complete"

    def _on(self, event: SseEvent) -> None:
        self._note(event.kind, event.data)
        if event.kind == "hello":
            self._stream = str(event.data["stream"])
            self.trace.heartbeat = int(event.data["heartbeat"])
        elif event.kind == "symbols":
            added, dropped = event.data.get("added", []), event.data.get("dropped", [])
            kept = [symbol for symbol in self.symbols if symbol not in dropped]
            self.symbols = kept + [symbol for symbol in added if symbol not in kept]
            if added:
                self._marks.clear()
                self._unmarked = True
        elif event.kind == "snapshot":
            self._unmarked = False
        if event.id and not self._unmarked:
            self._marks.append((event.id, len(self.trace.events) - 1))

    async def _change(self) -> None:
        """Change the list at random, at any door."""
        everything = set(self._plan.symbols)
        while True:
            await asyncio.sleep(self._chance.uniform(0.5, 2))
            if self.calm or not self._stream:
                continue
            mine = set(self.symbols)
            drop = [symbol for symbol in sorted(mine) if self._chance.random() < 0.2]
            add = [symbol for symbol in sorted(everything - mine) if self._chance.random() < 0.5]
            if len(drop) < len(mine):
                door = self._doors[self._chance.choice(sorted(self._doors))]
                self._note("patch", {"add": add, "drop": drop})
                status = await _patch(door, self._stream, {"add": add, "drop": drop})
                self._note("patched", status)


async def _patch(port: int, stream: str, change: dict[str, list[str]]) -> int:
    """Return the status of the answer; 0 if none came."""
    body = json.dumps(change).encode()
    head = (
        f"PATCH /v1/streams/{stream} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        async with asyncio.timeout(4):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(head.encode() + body)
                words = (await reader.readline()).split()
                return int(words[1])
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0
