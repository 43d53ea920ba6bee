"""Publishers that take ticks over HTTP: what is taken is published, and SIGTERM ends all cleanly."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from tests.publisher.conftest import Process
from tests.publisher.http.conftest import NDJSON, SECRET, lines
from tests.publisher.inbox.conftest import prices
from tests.support.eventually import eventually
from tests.support.ports import free_port


async def test_a_leader_and_a_standby_take_and_the_leader_publishes_in_order(
    process: Callable[..., Process], valkey_url: str, valkey: Any, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    ports = [free_port(), free_port()]
    publishers = [
        process(
            valkey_url,
            TICKCAST_SOURCE="inbox",
            TICKCAST_HAND_IN_PORT=str(port),
            TICKCAST_HAND_IN_SECRET_FILE=str(secret),
        )
        for port in ports
    ]
    headers = NDJSON | {"authorization": f"Bearer {SECRET}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60, headers=headers) as client:

        async def post(port: int, price: int) -> bool:
            try:
                answer = await client.post(f"http://127.0.0.1:{port}/v1/ticks", content=lines(price))
            except httpx2.ConnectError:
                return False
            assert answer.status_code in (200, 503), answer.text
            return answer.status_code == 200

        for price in range(10):
            await eventually(lambda price=price: post(ports[price % 2], price))

        async def all_published() -> bool:
            return len((await prices(valkey)).get("AAPL", [])) == 10

        await eventually(all_published)
        assert await prices(valkey) == {"AAPL": [(n + 1, str(n)) for n in range(10)]}
        for each in publishers:
            each.signal(signal.SIGTERM)
        for each in publishers:
            assert await asyncio.to_thread(each.popen.wait, 30) == 0
    for each in publishers:
        assert "Traceback" not in each.log.read_text()
        assert "rror" not in each.log.read_text()
