"""Compressed streams, unpacked by clients in common use."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import pytest_asyncio

from tests.support.stack import Stack, running_stack
from tests.support.tools import need
from tests.web.browser import visiting
from tickcast.gateway.fanout.group import MIN_SHARERS

TICKS = 200

COLLECT = """(query) => new Promise((resolve, reject) => {
  const ticks = [];
  const source = new EventSource(`/v1/stream?${query}`);
  source.onerror = () => reject(new Error("the stream broke"));
  const add = (tick) => {
    ticks.push([tick.S, tick.q]);
    if (ticks.length === COUNT) { source.close(); resolve(ticks); }
  };
  source.addEventListener("tick", (event) => add(JSON.parse(event.data)));
  source.addEventListener("ticks", (event) => JSON.parse(event.data).forEach(add));
})""".replace("COUNT", str(TICKS))


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    async with running_stack(gateways=1, symbols=8, rate=400) as stack:
        yield stack


def without_a_hole(ticks: list[tuple[str, int]]) -> bool:
    """Tell whether each symbol's q counts up by one."""
    newest: dict[str, int] = {}
    for symbol, q in ticks:
        if newest.get(symbol, q - 1) != q - 1:
            return False
        newest[symbol] = q
    return True


@asynccontextmanager
async def crowd(url: str, query: str, encoding: str) -> AsyncIterator[None]:
    """Open so many equal streams that their frames are compressed with reference to earlier ones."""
    head = f"GET /v1/stream?{query} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: {encoding}\r\n\r\n"
    async with asyncio.TaskGroup() as group:
        reading = []
        for _ in range(MIN_SHARERS):
            reader, writer = await asyncio.open_connection("127.0.0.1", httpx2.URL(url).port)
            writer.write(head.encode())
            reading.append((group.create_task(discard(reader)), writer))
        yield
        for task, writer in reading:
            writer.close()
            task.cancel()


async def discard(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


@pytest.mark.browser
@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("form", ["events", "array"])
async def test_the_event_source_of_chromium_unpacks_it_whenever_it_joins(
    stack: Stack, encoding: str, form: str
) -> None:
    query = f"format={form}"
    async with (
        crowd(stack.url, query, encoding),
        visiting(f"{stack.url}/icon.svg") as first,
        visiting(f"{stack.url}/icon.svg") as late,
    ):
        for visit in (first, late):
            await visit.page.set_extra_http_headers({"accept-encoding": encoding})
        async with late.page.expect_response("**/v1/stream?*") as answered:
            # The second joins while frames of the same group are on their way to the first.
            early = asyncio.create_task(first.page.evaluate(COLLECT, query))
            ticks = await late.page.evaluate(COLLECT, query)
        answer = await answered.value
        assert await answer.header_value("content-encoding") == encoding
        assert without_a_hole(ticks)
        assert without_a_hole(await early)


@pytest.mark.parametrize("weights", ["gzip", "br, gzip;q=0.5, identity;q=0.1"])
async def test_httpx2_unpacks_gzip(stack: Stack, weights: str) -> None:
    ticks = []
    headers = {"accept-encoding": weights}
    async with (
        httpx2.AsyncClient(trust_env=False, timeout=60) as client,
        client.stream("GET", f"{stack.url}/v1/stream", headers=headers) as answer,
    ):
        assert answer.headers["content-encoding"] == "gzip"
        async for line in answer.aiter_lines():
            if line.startswith('data: {"S"'):
                tick = json.loads(line.removeprefix("data: "))
                ticks.append((tick["S"], tick["q"]))
            if len(ticks) == TICKS:
                break
    assert without_a_hole(ticks)


async def test_curl_unpacks_what_it_asks_for(stack: Stack) -> None:
    curl = await asyncio.create_subprocess_exec(
        *(need("curl"), "-sN", "--compressed", "-D", "-", f"{stack.url}/v1/stream"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert curl.stdout is not None
    ticks, encoding = [], ""
    async for line in curl.stdout:
        encoding = line.decode().strip() if line.lower().startswith(b"content-encoding") else encoding
        if line.startswith(b'data: {"S"'):
            tick = json.loads(line.removeprefix(b"data: "))
            ticks.append((tick["S"], tick["q"]))
        if len(ticks) == TICKS:
            break
    curl.kill()
    await curl.wait()
    assert encoding in ("content-encoding: zstd", "content-encoding: gzip")
    assert without_a_hole(ticks)
