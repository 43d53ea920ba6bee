"""What a gateway says of itself, and what it holds: streams, groups, files, threads, memory."""

import asyncio
import json
from pathlib import Path
from typing import NamedTuple

from tests.faults.referee.resp import FAILURES

PATIENCE = 12.0
"""Seconds in which what is gone has to be let go."""


class Gauges(NamedTuple):
    """Counts of one moment."""

    streams: int
    groups: int
    files: int
    threads: int
    memory: int
    """Bytes that are resident."""


async def is_ready(port: int) -> bool:
    """Tell whether the gateway at this port says so within 2 s."""
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


async def read(pid: int, port: int) -> Gauges:
    """Return what the gateway with this process id, at this port, holds now. Raises FAILURES."""
    streams = groups = 0
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"GET /v1/debug HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.transport.abort()
    if b" 200 " in head.partition(b"\r\n")[0]:
        report = json.loads(body)
        streams, groups = sum(report["clients"].values()), int(report["groups_total"])
    status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Gauges(streams, groups, files, int(lines["Threads"]), int(lines["VmRSS"].split()[0]) * 1024)


async def settled(pid: int, port: int, bound: Gauges) -> str:
    """Wait until a gateway holds no more than a bound; return what it holds beyond it after PATIENCE."""
    beyond = "no answer"
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    held = await read(pid, port)
                except FAILURES:
                    held = None
                if held is not None:
                    beyond = over(held, bound)
                    if not beyond:
                        return ""
                await asyncio.sleep(0.5)
    except TimeoutError:
        return beyond


def over(held: Gauges, bound: Gauges) -> str:
    """Return in words what is beyond a bound; empty if nothing is."""
    pairs = zip(Gauges._fields, held, bound, strict=True)
    return ", ".join(f"{name} {value:,} of {most:,}" for name, value, most in pairs if value > most)
