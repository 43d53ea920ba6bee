"""Readers of long answers who take their time fill no disk, and cut nobody's answer short."""

import asyncio
import json
from pathlib import Path

import httpx2
import pytest

from tests.hostile.attacks.slow import read_slowly
from tests.hostile.attacks.unread import SNAPSHOT
from tests.hostile.world import World, running_world, unharmed
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(300)

SYMBOLS = 1350


async def test_others_get_whole_answers_beside_slow_readers_and_nothing_waits_in_a_file() -> None:
    bounds = {"trusted_proxies": "127.0.0.1", "ring_bytes": 1 << 20}
    async with running_world("nginx", symbols=1500, rate=4000, **bounds) as world:
        await eventually(lambda: _has_symbols(world))
        async with unharmed(world):
            attack = asyncio.create_task(read_slowly(world.port, 100, 10))
            whole = written = 0
            async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
                while not attack.done():
                    answer = await http.get(world.url + SNAPSHOT)
                    # One that is cut short has status 200 too: only its length and its end tell.
                    assert answer.status_code == 200, answer.text
                    assert len(answer.content) == int(answer.headers["content-length"])
                    assert len(json.loads(answer.content)["ticks"]) >= SYMBOLS
                    whole += 1
                    written = max(written, _waiting_in_files(world.nginx))
                    await asyncio.sleep(0.2)
            counts = attack.result()
            assert counts["200"] > 30, counts
            assert counts["reads"] > 1000
            assert whole > 5
            assert written == 0


def _waiting_in_files(folder: Path | None) -> int:
    assert folder is not None
    return sum(file.stat().st_size for file in (folder / "proxy").rglob("*") if file.is_file())


async def _has_symbols(world: World) -> bool:
    return await world.metric("symbols") >= SYMBOLS
