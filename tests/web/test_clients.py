"""Clients of other authors read the stream as it was published, byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from tests.support.client import redis_client
from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tests.support.works_with import works_with_python
from tests.web.browser import visiting
from tests.web.node import install_packages, node, run_node
from tickcast.wire.batch import decode_batch
from tickcast.wire.names import MAIN as names

TICKS = 300
HTTPX_SSE_CLIENT = Path(__file__).parent / "httpx_sse_client.py"

Events = list[tuple[str, str]]
"""Names and data, in order."""


@pytest.fixture(scope="session")
def npm_packages() -> None:
    node()
    install_packages()


@pytest.fixture(scope="session")
def works_with_packages() -> None:
    works_with_python()


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    async with running_stack(symbols=8, rate=400, retention=600) as stack:
        await eventually(lambda: all_have_ticked(stack))
        yield stack


async def all_have_ticked(stack: Stack) -> bool:
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as client:
        # A gateway may be ready, its feed alive and empty, before the first tick.
        urls = [f"{gateway.url}/v1/snapshot" for gateway in stack.gateways.values()]
        return all([len((await client.get(url)).json()["ticks"]) == 8 for url in urls])


@pytest.mark.usefixtures("works_with_packages")
async def test_httpx_sse_reads_the_stream(stack: Stack) -> None:
    await check(stack, read_by_httpx_sse)


@pytest.mark.browser
async def test_the_event_source_of_chromium_reads_the_stream(stack: Stack) -> None:
    await check(stack, read_by_chromium)


@pytest.mark.usefixtures("npm_packages")
async def test_the_eventsource_of_npm_reads_the_stream(stack: Stack) -> None:
    await check(stack, read_by_npm_eventsource)


async def check(stack: Stack, read: Callable[[Stack], Awaitable[Events]]) -> None:
    events = await asyncio.wait_for(read(stack), 60)
    assert [name for name, _ in events] == ["hello", "snapshot"] + ["tick"] * TICKS
    published = await published_texts(stack)
    snapshot = json.loads(events[1][1])
    assert len(snapshot) == 8
    sequence = {tick["S"]: tick["q"] for tick in snapshot}
    # A snapshot is an array of the published texts.
    assert events[1][1] == f"[{','.join(published[tick['S'], tick['q']] for tick in snapshot)}]"
    for _, text in events[2:]:
        tick = json.loads(text)
        sequence[tick["S"]] += 1
        assert tick["q"] == sequence[tick["S"]]
        assert text == published[tick["S"], tick["q"]]


async def published_texts(stack: Stack) -> dict[tuple[str, int], str]:
    """The JSON of each tick in Redis's log, by symbol and sequence."""
    client = redis_client(stack.redis_url)
    try:
        entries = await client.xrange(names.log(0))
    finally:
        await client.aclose()
    batches = [decode_batch(fields[b"b"]) for _, fields in entries if b"b" in fields]
    texts = [text.decode() for batch in batches for _, text in batch.ticks]
    return {(tick["S"], tick["q"]): text for text in texts for tick in [json.loads(text)]}


async def read_by_httpx_sse(stack: Stack) -> Events:
    client = await asyncio.create_subprocess_exec(
        *(works_with_python(), HTTPX_SSE_CLIENT, f"{stack.url}/v1/stream", str(TICKS + 2)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        output, _ = await client.communicate()
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
    assert client.returncode == 0
    return [(name, data) for name, data in map(json.loads, output.decode().splitlines())]


async def read_by_chromium(stack: Stack) -> Events:
    async with visiting(f"{stack.url}/icon.svg") as visit:
        events = await visit.page.evaluate(COLLECT, TICKS + 2)
    return [(name, data) for name, data in events]


async def read_by_npm_eventsource(stack: Stack) -> Events:
    lines = await run_node("eventsource.mjs", f"{stack.url}/v1/stream", str(TICKS))
    return [(name, data) for name, data in map(json.loads, lines.splitlines())]


COLLECT = """(count) => new Promise((resolve, reject) => {
  const events = [];
  const source = new EventSource("/v1/stream");
  source.onerror = () => reject(new Error("the stream broke"));
  for (const name of ["hello", "snapshot", "tick", "gap", "status", "bye"])
    source.addEventListener(name, (event) => {
      events.push([name, event.data]);
      if (events.length === count) { source.close(); resolve(events); }
    });
})"""
