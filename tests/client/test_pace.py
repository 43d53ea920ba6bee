"""How much `tickcast.follow` takes: 1,000 symbols at 10,000 ticks/s, on a part of one core.

`python -m tests.client.test_pace SECONDS` prints the figures of docs/python.md.
"""

import asyncio
import resource
import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import orjson
import pytest

import tickcast
from tests.support.stack import running_stack

SYMBOLS, RATE = 1000, 10_000

MOST = 50.0
"""µs of CPU that a tick may take, at most: at this rate half of a core."""


async def measure(url: str, numbers: type[Any], seconds: float) -> dict[str, Any]:
    """Follow all symbols for so long; return what it took, after all have come."""
    symbols: set[str] = set()
    count = 0
    async with tickcast.follow(url, _listed(), numbers=numbers) as prices:
        while len(symbols) < SYMBOLS:
            symbols.update(event.symbol for event in await prices.batch() if isinstance(event, tickcast.Tick))
        began, spent = time.monotonic(), _spent()
        async for event in prices:
            if isinstance(event, tickcast.Tick):
                count += 1
            if not count % 1024 and time.monotonic() - began > seconds:
                break
        took, spent = time.monotonic() - began, _spent() - spent
        return {
            "rate": count / took,
            "cpu": spent / took,
            "tick": spent / max(1, count) * 1e6,
            "gaps": dict(prices.gaps),
        }


def _listed() -> list[str]:
    return sys.stdin.read().split("\n")


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def follower(url: str, symbols: list[str], numbers: str, seconds: float) -> dict[str, Any]:
    """Return what a process of its own measures."""
    command = [sys.executable, "-m", "tests.client.test_pace", url, numbers, str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = await process.communicate("\n".join(symbols).encode())
    assert process.returncode == 0
    found: dict[str, Any] = orjson.loads(out)
    return found


async def trial(seconds: float) -> dict[str, dict[str, Any]]:
    """Run a whole Tickcast, and a follower for each type of numbers, one after the other."""
    async with running_stack(1, symbols=SYMBOLS, rate=RATE) as stack:
        async with tickcast.follow(stack.url) as prices:
            names: set[str] = set()
            while len(names) < SYMBOLS:
                names.update(
                    event.symbol for event in await prices.batch() if isinstance(event, tickcast.Tick)
                )
        return {
            name: await follower(stack.url, sorted(names), name, seconds) for name in ("Decimal", "float")
        }


@pytest.mark.alone
@pytest.mark.timeout(120)
async def test_a_thousand_symbols_at_ten_thousand_ticks_a_second_take_a_part_of_one_core() -> None:
    for found in (await trial(3.0)).values():
        assert found["tick"] < MOST, found
        assert found["gaps"] == {}, found


if __name__ == "__main__":
    if len(sys.argv) > 2:
        kind = Decimal if sys.argv[2] == "Decimal" else float
        print(orjson.dumps(asyncio.run(measure(sys.argv[1], kind, float(sys.argv[3])))).decode())
    else:
        for name, found in asyncio.run(trial(float(sys.argv[1]))).items():
            print(
                f"{name}: {found['rate']:,.0f} ticks/s, {found['cpu']:.1%} of a core, "
                f"{found['tick']:.1f} µs a tick, gaps {found['gaps']}"
            )
