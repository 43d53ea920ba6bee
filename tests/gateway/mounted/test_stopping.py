"""The rows of the table in docs/inside_an_app.md: how streams end when an app's server stops."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from threading import Thread

import pytest
import structlog
import uvicorn

from tests.gateway.mounted.apps import app_that_changes
from tests.gateway.mounted.serving import SERVERS, Served, served
from tests.support.docs import name, rows, section
from tests.support.event_stream import EventStream, answer_of, asked, comes_back
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.ports import free_port

STREAMS = 6

TABLE = {name(row): row for row in rows(section("inside_an_app.md", "## When the server stops"), "server")}


def test_the_table_has_a_row_for_each_server() -> None:
    assert TABLE.keys() == {server for server in SERVERS if server != "uvicorn-h11"}


@pytest.mark.parametrize("app", ["fastapi_app", "app_that_changes"])
@pytest.mark.parametrize("server", SERVERS)
async def test_every_stream_ends_with_bye_at_sigterm_and_the_process_after_it(
    server: str, app: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with served(server, app, tmp_path, valkey_url) as running, AsyncExitStack() as stack:
        streams = await opened(running, stack)
        kind = "Connection" if server.startswith("uvicorn") and app == "fastapi_app" else "AsgiConnection"
        assert (await running.inside())["streams"] == [kind] * STREAMS
        running.terminate()
        await ended(streams)
        async with asyncio.timeout(20):
            await running.process.wait()
        assert "the app has stopped" in running.log
        assert "Traceback" not in running.log


@pytest.mark.parametrize("server", TABLE)
async def test_it_is_so_in_every_worker_also_where_all_processes_get_the_signal(
    server: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    two = ["--workers", "2"]
    async with (
        served(server, "fastapi_app", tmp_path, valkey_url, *two) as running,
        AsyncExitStack() as stack,
    ):
        await eventually(lambda: running.log.count("feed is live") == 2)
        streams = await opened(running, stack)
        running.terminate(group=True)
        await ended(streams)
        async with asyncio.timeout(20):
            await running.process.wait()
        assert running.log.count("the app has stopped") == 2


async def test_it_is_so_for_a_uvicorn_in_a_thread(feeder: Feeder, valkey_url: str) -> None:
    await feeder.tick("A")
    port = free_port()
    app = app_that_changes(redis_url=valkey_url)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    thread = Thread(target=server.run)
    thread.start()
    try:
        url = f"http://127.0.0.1:{port}"
        await eventually(lambda: is_ready(url))
        async with asked(url, "/prices/v1/stream") as stream:
            await stream.begin()
            server.should_exit = True
            await ended([stream])
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)
        structlog.reset_defaults()


async def ended(streams: list[EventStream]) -> None:
    """Be sure that each stream has ended with `bye`, and properly."""
    for stream in streams:
        *_, last = [*stream.seen, *await stream.finish()]
        assert (last.type, json.loads(last.data)["reason"]) == (b"bye", "drain")
        assert json.loads(last.data)["retry"] > 0
        assert stream.complete


async def opened(running: Served, stack: AsyncExitStack) -> list[EventStream]:
    streams = []
    for _ in range(STREAMS):
        streams.append(await stack.enter_async_context(asked(running.url, "/prices/v1/stream")))
        await streams[-1].begin()
    return streams


@pytest.mark.parametrize("server", [server for server in SERVERS if server != "hypercorn"])
async def test_while_streams_end_the_app_goes_on_answering(
    server: str, feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    assert TABLE[server.removesuffix("-h11")]["new requests meanwhile"] == "answered"
    await feeder.tick("A")
    async with served(server, "slow_to_drain", tmp_path, valkey_url) as running, AsyncExitStack() as stack:
        await opened(running, stack)
        running.terminate()
        await eventually(lambda: is_draining(running))
        async with asked(running.url, "/prices/v1/stream") as late:
            await late.finish()
            comes_back(late, "draining")


async def is_ready(url: str) -> bool:
    with suppress(OSError):
        return (await answer_of(url, "/prices/readyz")).status == 200
    return False


async def is_draining(running: Served) -> bool:
    return not (await running.inside())["ready"]
