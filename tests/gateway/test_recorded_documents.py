"""Plain answers, names of metrics and names in Redis, as they were recorded (see `test_recorded_streams`)."""

import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.client import redis_client
from tests.support.event_stream import answer_of
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tests.support.ports import free_port
from tests.support.programs import running_gateway, running_publisher
from tests.support.recorded_clients import Script, script
from tests.support.recording import compare
from tests.support.scripted_feed import bar, tick

pytestmark = pytest.mark.usefixtures("patience")

PROSE = ("description", "summary")
"""Members of the API's description that are written for people, and no part of the contract."""

REFUSED = (
    "/v1/stream?symbols=A%22B,C,D%5C",
    "/v1/stream?symbols=" + ",".join(f"S{number}" for number in range(1001)),
    "/v1/stream?symbols=A&symbols=B",
    "/v1/stream?colour=red",
    "/v1/stream?interval=-1",
    "/v1/stream?interval=3600001",
    "/v1/stream?snapshot=maybe",
    "/v1/stream?format=xml",
    "/v1/stream?bars=5m",
    "/v1/stream?bars_of=A",
    "/v1/stream?bars=1m&bars_of=A%22B",
    "/v1/snapshot?symbols=A%22B",
    "/v1/snapshot?interval=0",
    "/v1/symbols?symbols=A",
    "/v1/bars/A%22B",
    "/v1/bars/NOBODY",
    "/v1/bars/A?interval=2m",
    "/v1/bars/A?limit=0",
    "/v1/nothing",
    "/v1/stream/",
)


def metric_names(text: str) -> str:
    """Return our metrics by name, with their types, samples and the names of their labels."""
    lines = set()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("tickcast_"):
                lines.add(f"{sample.name} {family.type} {','.join(sorted(sample.labels))}".rstrip())
    return "\n".join(sorted(lines)) + "\n"


async def test_documents_are_answered_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        minutes = [bar("A", "1m", at, "1.0 2.50 1 2", 1, q) for q, at in enumerate((0, 60, 120), 1)]
        for q, minute in enumerate(minutes, 1):
            await run.feed.batch(f"{q}-0", tick("A", q, f"1.{q}0"), tick("B", q, "2e1"), minute)
        await run.seen("B", 3)
        for target in ("/v1/snapshot", "/v1/snapshot?symbols=b,C", "/v1/bars/A", "/v1/bars/B", "/v1/symbols"):
            answer = await run.ask(target, exact=True)
            await run.ask(target, f"if-none-match: {answer.headers['etag']}", exact=True)
        for target in ("/healthz", "/readyz"):
            await run.ask(target)
    compare("documents", run.text())


async def test_the_description_of_the_api_has_the_recorded_value(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.ask("/openapi.json", changing=PROSE)
    compare("openapi", run.text())


async def test_what_is_refused_is_answered_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url) as run:
        await run.feed.batch("1-0", tick("A", 1, "1.0"))
        await run.seen("A", 1)
        for target in REFUSED:
            await run.ask(target, shown=target if len(target) < 100 else f"{target[:40]}…")
        await run.ask("/v1/stream", method="POST")
        await run.ask("/v1/streams/recorded.x")
        # The title is Python's, which has renamed it.
        await run.ask(
            "/v1/snapshot?symbols=" + "A" * 16384, shown="/v1/snapshot?symbols=…", changing=("title",)
        )
    compare("refused", run.text())


async def test_a_full_gateway_refuses_as_recorded(valkey_url: str) -> None:
    async with script(valkey_url, max_connections=1) as run:
        await run.open("the only one", "/v1/stream")
        await run.ask("/v1/stream", "x-tickcast-balanced: 1")
    compare("full", run.text())


async def test_a_gateway_that_has_not_loaded_the_feed_answers_as_recorded() -> None:
    async with (
        AsyncExitStack() as sockets,
        local_gateway(f"redis://127.0.0.1:{free_port()}", ready=False, gateway_id="recorded") as gateway,
    ):
        run = Script(gateway.url, None, sockets)
        await run.ask("/v1/stream", "x-tickcast-balanced: 1")
        for target in ("/v1/snapshot", "/v1/bars/A", "/readyz", "/healthz"):
            await run.ask(target)
        await run.ask("/v1/symbols", exact=True)
        await run.ask("/v1/streams/recorded.x", method="PATCH", body="{}")
    compare("not_ready", run.text())


async def test_the_operators_document_has_the_recorded_value(valkey_url: str) -> None:
    async with script(valkey_url, debug=True) as run:
        await run.feed.batch("1-0", tick("A", 1, "1.0"))
        await run.seen("A", 1)
        await run.open("one", "/v1/stream?symbols=A,B*&bars=1m")
        await run.open("other", "/v1/stream?interval=250&format=array", "accept-encoding: zstd")
        await run.ask("/v1/debug", changing=("t", "started", "lag"))
    compare("debug", run.text())


async def test_metrics_and_what_stands_in_redis_have_the_recorded_names(valkey_url: str) -> None:
    port = free_port()
    settings = {"symbols": 8, "rate": 400, "partitions": 2, "metrics_port": port}
    async with (
        running_publisher(valkey_url, **settings),
        running_gateway(valkey_url, partitions=2, gateway_id="recorded") as gateway,
        redis_client(valkey_url) as redis,
    ):

        async def finals() -> bool:
            lists = [await redis.keys(f"{{tickcast:main:{partition}}}:bars:*") for partition in (0, 1)]
            return all(lists)

        await eventually(finals)
        # The gateway subscribes to its own channel, and tells of itself, a little later.
        await eventually(lambda: redis.exists("{tickcast:main:0}:gateways"))
        await eventually(lambda: redis.pubsub_channels("*gateway:*"))
        await eventually(lambda: redis.exists("{tickcast:main:0}:uses:work"))
        names = await redis_names(redis)
        ours = (await answer_of(gateway.url, "/metrics")).body.decode()
        theirs = (await answer_of(f"http://127.0.0.1:{port}", "/metrics")).body.decode()
    parts = {"redis": names, "gateway": metric_names(ours), "publisher": metric_names(theirs)}
    compare("names", "\n".join(f"# {title}\n{text}" for title, text in parts.items()))


async def redis_names(redis: Any) -> str:
    """Return the type and name of every key and channel, and the fields of hashes that have fixed ones."""
    lines = set()
    for key in sorted(await redis.keys("*")):
        kind, name = (
            (await redis.type(key)).decode(),
            re.sub(
                r":uses:[0-9a-f]$", ":uses:BUCKET", re.sub(r":bars:.*", ":bars:SYMBOL INTERVAL", key.decode())
            ),
        )
        fields = sorted(await redis.hkeys(key)) if name.endswith((":meta", ":gateways")) else []
        lines.add(f"{kind} {name} {b' '.join(fields).decode()}".rstrip())
    lines |= {f"channel {channel.decode()}" for channel in await redis.pubsub_channels()}
    return "\n".join(sorted(lines)) + "\n"


async def test_a_publisher_writes_what_was_recorded(valkey_url: str, tmp_path: Path) -> None:
    recording = tmp_path / "ticks.jsonl"
    at = 1_795_384_800_000_000
    lines = [
        f'{{"S":"A","t":{at},"p":100.00,"s":100}}',
        f'{{"S":"b","t":{at + 1},"p":20.50,"bp":20.4,"bs":1,"ap":20.60,"as":2,"v":300}}',
        f'{{"S":"A","t":{at + 999_999},"p":1.5e2,"s":10}}',
        f'{{"S":"A","t":{at + 1_000_000},"p":99.990,"s":0.5}}',
        f'{{"S":"A","t":{at + 60_000_000},"p":101,"s":7}}',
    ]
    recording.write_text("\n".join(lines) + "\n", "utf-8")
    async with (
        running_publisher(valkey_url, source="replay", file=recording, speed="max") as publisher,
        redis_client(valkey_url) as redis,
    ):
        assert await publisher.ended() == 0
        text = await written(redis)
    compare("publisher", text)


async def written(redis: Any) -> str:
    """Return all that stands in the one partition, without ids, times and how ticks were cut into batches."""
    headers, ticks = set(), []
    for _, fields in await redis.xrange("{tickcast:main:0}:log"):
        (name, data), *others = fields.items()
        assert not others
        header, *lines = data.decode().splitlines()
        pattern = r"2 [0-9a-f]{16} \d+-\d+ \d+-\d+ \d{16} \d+ \d+ \d+"
        headers.add(f"{name.decode()}: {pattern if re.fullmatch(pattern, header) else header}")
        ticks += [line for line in lines if '"i":' not in line]
    parts = {"log, headers": sorted(headers), "log, ticks": ticks}
    for key in sorted(await redis.keys("{tickcast:main:0}:*")):
        name = key.decode()
        if await redis.type(key) == b"list":
            parts[name] = [line.decode() for line in await redis.lrange(key, 0, -1)]
        elif await redis.type(key) == b"hash" and not name.endswith(":meta"):
            held = await redis.hgetall(key)
            parts[name] = [f"{field.decode()}\t{held[field].decode()}" for field in sorted(held)]
    return "\n".join("\n".join([f"# {name}", *lines, ""]) for name, lines in parts.items())
