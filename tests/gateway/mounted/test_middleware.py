"""A gateway inside an app whose middleware reads, holds back or changes its streams."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

from tests.gateway.mounted.serving import served
from tests.gateway.mounted.test_mounted import no_streams
from tests.support.event_stream import asked
from tests.support.eventually import eventually
from tests.support.feeder import Feeder


async def test_fields_of_the_apps_middleware_are_in_the_head_of_a_stream_that_is_taken_over(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with (
        served("uvicorn", "app_with_headers", tmp_path, valkey_url) as running,
        asked(running.url, "/prices/v1/stream", b"origin: http://test") as same,
        asked(running.url, "/prices/v1/stream", b"sec-fetch-site: same-origin",
              b"origin: https://other.example") as other,
    ):  # fmt: skip
        for stream in (same, other):
            await stream.begin()
        assert "access-control-allow-origin" not in same.headers
        assert other.headers["access-control-allow-origin"] == "https://other.example"
        assert (await running.inside())["streams"] == ["Connection"] * 2


async def test_middleware_that_reads_and_takes_its_time_is_left_behind(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with served("uvicorn", "app_with_readers", tmp_path, valkey_url) as running:
        async with asked(running.url, "/prices/v1/stream") as stream:
            await stream.begin()
            assert stream.headers["x-marked"] == "yes"
            assert (await running.inside())["streams"] == ["Connection"]
            await feeder.tick("A")
            assert await stream.ticks(1) == [("A", feeder.counts["A"])]
        await eventually(lambda: no_streams(running))
        assert "Traceback" not in running.log


async def test_who_comes_meanwhile_takes_no_room_that_is_not_there(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with (
        served("uvicorn", "app_with_room_for_one", tmp_path, valkey_url) as running,
        AsyncExitStack() as stack,
    ):
        # All of them are checked before the first one has its head.
        streams = await asyncio.gather(
            *(stack.enter_async_context(asked(running.url, "/prices/v1/stream")) for _ in range(5))
        )
        ends = []
        for stream in streams:
            try:
                await stream.begin()
            except EOFError:
                ends.append(stream)
        assert len(ends) == 4
        for stream in ends:
            assert b"this gateway is full" in stream.text
            assert stream.sse.retry
        assert (await running.inside())["streams"] == ["Connection"]


async def test_middleware_that_holds_heads_back_is_left_behind_too(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with served("uvicorn", "app_with_gzip", tmp_path, valkey_url) as running:
        for encoding in ("identity", "gzip", "zstd"):
            header = f"accept-encoding: {encoding}".encode()
            async with asked(running.url, "/prices/v1/stream", header) as stream:
                await stream.begin()
                assert stream.headers.get("content-encoding", "identity") == encoding
                assert (await running.inside())["streams"] == ["Connection"]
            await eventually(lambda: no_streams(running))


async def test_what_middleware_adds_to_a_stream_is_in_it(
    feeder: Feeder, valkey_url: str, tmp_path: Path
) -> None:
    await feeder.tick("A")
    async with (
        served("uvicorn", "app_that_changes", tmp_path, valkey_url) as running,
        asked(running.url, "/prices/v1/stream") as stream,
    ):
        await stream.begin()
        assert (await running.inside())["streams"] == ["AsgiConnection"]
        await feeder.tick("A")
        assert await stream.ticks(1) == [("A", feeder.counts["A"])]
        assert stream.text.count(b": changed") >= 3
        # That it changes streams is seen at once; only what holds them back takes a second.
        began = time.monotonic()
        for _ in range(10):
            async with asked(running.url, "/prices/v1/stream") as another:
                await another.begin()
        assert time.monotonic() - began < 5
