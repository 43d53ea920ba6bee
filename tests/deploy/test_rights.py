"""What each program may ask of Redis: the users that deploy/secrets/make.sh makes, in a real server."""

import json
from contextlib import AsyncExitStack
from itertools import product
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis

import tickcast
from tests.deploy.guarded import Guarded
from tests.support.event_stream import opened
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.programs import running_gateway, running_publisher
from tickcast.runtime.redis.errors import Failure, LinkError


@pytest.mark.parametrize("program", ["gateway", "publisher"])
async def test_a_program_may_ask_the_server_for_its_time_and_who_it_is(
    guarded: Guarded, program: str
) -> None:
    client = guarded.client(program)
    assert len(await client.execute("any", "TIME")) == 2
    assert (await client.execute("any", "INFO", "server"))["run_id"]
    await client.close()


THE_SERVERS = [
    *(
        "RANDOMKEY",
        "KEYS *",
        "FLUSHALL",
        "FLUSHDB",
        "CONFIG GET *",
        "ACL LIST",
        "ACL SETUSER x",
    ),
    *("FUNCTION FLUSH", "FUNCTION LIST", "SCRIPT FLUSH", "SCRIPT LOAD return", "MONITOR", "CLIENT LIST"),
    *("CLIENT KILL ID 1", "SHUTDOWN NOSAVE", "SAVE", "REPLICAOF NO ONE", "SYNC", "SWAPDB 0 1", "GET other"),
    *("SUBSCRIBE __sentinel__:hello", "PUBLISH __sentinel__:hello x", "CLUSTER FAILOVER", "MODULE LIST"),
]


@pytest.mark.parametrize(
    ("program", "command"),
    [
        # An operator alone lists feeds, which looks for their keys.
        *((program, "SCAN 0") for program in ("gateway", "publisher", "producer")),
        *product(("gateway", "publisher", "producer", "operator"), THE_SERVERS),
    ],
)
async def test_no_program_looks_for_keys_of_others_or_touches_what_is_the_servers(
    guarded: Guarded, program: str, command: str
) -> None:
    client = guarded.client(program)
    await client.execute("any", "PING")
    with pytest.raises(LinkError, match=r"(?i)permission") as caught:
        await client.execute("any", *command.split())
    assert caught.value.failure is Failure.NO_RIGHT
    await client.close()


async def test_each_program_works_under_its_own_user_and_is_denied_nothing(
    guarded: Guarded, tmp_path: Path
) -> None:
    def access(program: str) -> dict[str, Any]:
        return {
            "redis_url": guarded.url_of(program),
            "redis_password_file": guarded.password_file(program),
        }

    door, hand_in = free_port(), tmp_path / "secret"
    hand_in.write_text("a secret of 32 characters, or so")
    taking = {"source": "inbox", "hand_in_port": door, "hand_in_secret_file": hand_in, "partitions": 2}
    async with AsyncExitStack() as running:
        for _ in range(2):
            # The second one stands by, or takes its share.
            await running.enter_async_context(running_publisher(**access("publisher"), **taking))
            taking = {"source": "inbox", "partitions": 2}
        gateways = [
            await running.enter_async_context(running_gateway(**access("gateway"), partitions=2))
            for _ in range(2)
        ]
        given = access("producer")
        login = guarded.password_file("producer").read_text("ascii")
        address = given["redis_url"].replace("@", f":{login}@")
        async with tickcast.Publisher(address) as producer, httpx2.AsyncClient(trust_env=False) as http:
            await producer.describe("AAPL", name="Apple", tick="0.01")
            await producer.publish("AAPL", price="1.25", size=5)
            await producer.publish("MSFT", price="2.50")
            await producer.state("MSFT", "halted")
            await producer.flush()
            headers = {
                "authorization": f"Bearer {hand_in.read_text()}",
                "content-type": "application/x-ndjson",
            }
            answer = await http.post(
                f"http://127.0.0.1:{door}/v1/ticks", content=b'{"S":"TSLA","p":3}', headers=headers
            )
            assert answer.json() == {"taken": 1, "refused": []}
            here, other = gateways
            async with opened(here.url, symbols="AAPL", bars="1s") as stream:
                id_ = json.loads(stream.seen[0].data)["stream"]
                await eventually(lambda: _has(http, other.url, "/v1/snapshot", ["AAPL", "MSFT", "TSLA"]))
                url = f"{other.url}/v1/streams/{id_}"
                changed = await http.patch(url, json={"add": ["MSFT"]})
                assert changed.status_code == 200, changed.text
            assert (await http.get(f"{here.url}/v1/bars/AAPL?interval=1s")).status_code == 200
            await producer.retire("TSLA")
            await producer.flush()
            await eventually(lambda: _has(http, here.url, "/v1/snapshot", ["AAPL", "MSFT"]))
    with guarded.overseer() as client:
        assert client.acl_log() == []


async def _has(http: httpx2.AsyncClient, url: str, path: str, symbols: list[str]) -> bool:
    return sorted(tick["S"] for tick in (await http.get(url + path)).json()["ticks"]) == symbols


def test_nobody_does_anything_without_a_password(guarded: Guarded) -> None:
    with redis.Redis.from_url(guarded.url) as client, pytest.raises(redis.ResponseError, match=r"(?i)perm"):
        client.get("x")
