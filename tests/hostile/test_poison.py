"""Rubbish in Redis harms neither those that run nor those that start: it is counted, left out and mended."""

import json

import httpx2
import pytest
import redis

from tests.hostile.attacks.poison import OF_META, POISONS
from tests.hostile.world import World, crowd_at, running_world, unharmed
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tickcast.wire.names import MAIN as names
from tickcast.wire.tick import is_tick

pytestmark = pytest.mark.timeout(300)


async def snapshot(url: str) -> list[str]:
    """Return the symbols of a snapshot, whose ticks are all true ones."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        answer = await http.get(f"{url}/v1/snapshot")
    assert answer.status_code == 200
    ticks = answer.json(parse_constant=pytest.fail)["ticks"]
    for tick in ticks:
        assert is_tick(tick["S"].encode(), json.dumps(tick, separators=(",", ":")).encode())
    return [tick["S"] for tick in ticks]


def poisoned_in(client: "redis.Redis") -> list[bytes]:
    """Return what stands among the last values and is none."""
    return [symbol for symbol, json_ in client.hgetall(names.last(0)).items() if not is_tick(symbol, json_)]


async def starts(world: World, known: list[str]) -> None:
    """Be sure that a gateway which starts now gets ready, and has every symbol."""
    async with local_gateway(world.redis_url, gateway_id="late") as late:
        assert await snapshot(late.url) == known


async def test_rubbish_in_any_key_harms_nobody() -> None:
    async with running_world("direct", symbols=40, rate=300, gateway_id="first") as world:
        await eventually(lambda: world_has(world, 40))
        with redis.Redis.from_url(world.redis_url) as client:
            async with unharmed(world):
                known = await snapshot(world.url)
                for name, poison in POISONS.items():
                    try:
                        poison(client)
                        await starts(world, known)
                        assert await snapshot(world.url) == known
                    except BaseException as error:
                        error.add_note(f"after {name}")
                        raise
                await eventually(lambda: not poisoned_in(client))
                assert await world.metric("poisoned_total") > 0
                assert await world.metric("gaps_total") == 0


async def world_has(world: World, symbols: int) -> bool:
    return len(await snapshot(world.url)) == symbols


@pytest.mark.parametrize("kind", OF_META)
async def test_after_rubbish_in_meta_all_goes_on_behind_a_gap(kind: str) -> None:
    async with running_world("direct", symbols=40, rate=300, gateway_id="first") as world:
        await eventually(lambda: world_has(world, 40))
        known = await snapshot(world.url)
        async with crowd_at(world, 2, 2) as crowd:
            with redis.Redis.from_url(world.redis_url) as client:
                OF_META[kind](client)
            await starts(world, known)
            await eventually(world.gateway.ready)
            assert await snapshot(world.url) == known
            found = await crowd.end()
        # Nobody knows how far the log goes: each of them was told so, and has all that there is.
        assert found["gaps"] == 4, found
        assert found["lost"] == found["malformed"] == 0, found
