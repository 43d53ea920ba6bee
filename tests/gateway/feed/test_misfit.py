"""A gateway of another number of partitions than its feed would lack symbols: it says so, and is unready."""

import httpx2
import pytest
import redis.asyncio

from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.local_gateway import local_gateway
from tickcast.wire.names import MAIN


@pytest.mark.parametrize("own", [1, 4])
async def test_a_gateway_of_another_number_of_partitions_is_stale_and_unready(
    valkey_url: str, own: int
) -> None:
    async with (
        redis.asyncio.Redis.from_url(valkey_url) as client,
        Feeder(valkey_url, 4) as feeder,
        local_gateway(valkey_url, partitions=own, ready=False) as gateway,
        httpx2.AsyncClient(base_url=gateway.url, trust_env=False, timeout=60) as web,
    ):
        await client.hset(MAIN.meta(0), mapping={"case": "upper", "partitions": 2})
        says = f"the feed has 2 partitions, this gateway is set to {own}"
        await eventually(lambda: gateway.gateway.live.state.reason == says)
        assert not gateway.gateway.is_ready
        answer = await web.get("/readyz")
        assert (answer.status_code, says in answer.text) == (503, True)
        # It serves as soon as the feed fits.
        await client.hset(MAIN.meta(0), "partitions", own)

        async def is_live() -> bool:
            await feeder.heartbeat()
            return gateway.gateway.live.state.is_live

        await eventually(is_live)
