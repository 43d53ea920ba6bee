"""The two walks of docs/architecture.md, compared with the files whose code runs on the way."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from tests.support.document import ARCHITECTURE, ROOT, paths, section, walk
from tests.support.event_stream import opened, stream
from tests.support.eventually import eventually
from tests.support.local_gateway import local_gateway
from tests.support.scripted_feed import scripted_feed, tick

TEXT = ARCHITECTURE.read_text("utf-8")
PURE = ("wire/", "gateway/protocol/")
OWN_PACE = (
    "gateway/streams/heartbeat.py",
    "gateway/cluster/",
    "gateway/feed/instruments.py",
    "gateway/server.py",
    "runtime/idle.py",
)
"""What runs at its own pace, whatever comes."""
ASIDE = ("_watch", "_ask")
"""Functions of the feed that do so."""
NOT_RUN = {"gateway/fanout/symbol_index.py", "gateway/transport/connection.py"}
"""Passed by a batch without a call: the hub holds the index's table, a connection the transport's `write`."""


@cache
def place(filename: str) -> str:
    """Return the path of a file of ours from the top of the repository; empty for one of somebody else."""
    path = Path(filename)
    for house in ("gateway", "runtime", "wire"):
        for top in (ROOT / "src" / "tickcast" / house, ROOT / house):
            if path.is_relative_to(top):
                return f"{house}/{path.relative_to(top)}"
    return ""


@contextmanager
def traced() -> Iterator[set[str]]:
    """Give the files whose code runs inside the block, without the pure ones and those at their own pace."""
    found: set[str] = set()

    def called(frame: FrameType, event: str, argument: object) -> None:
        if (
            event != "call"
            or not (path := place(frame.f_code.co_filename))
            or path.startswith(PURE)
            or path in found
        ):
            return
        caller: FrameType | None = frame
        while caller is not None:
            if place(caller.f_code.co_filename).startswith(OWN_PACE) or caller.f_code.co_name in ASIDE:
                return
            caller = caller.f_back
        found.add(path)

    sys.setprofile(called)
    try:
        yield found
    finally:
        sys.setprofile(None)


async def test_a_batch_passes_the_files_that_the_docs_list(valkey_url: str, patience: None) -> None:
    text = section(TEXT, "A tick, from source to socket")
    listed = set(walk(text))
    async with (
        scripted_feed(valkey_url) as feed,
        local_gateway(valkey_url, heartbeat=60_000) as running,
        opened(running.url, symbols="A,B") as client,
    ):
        await feed.batch("10-0", tick("A", 1, "1.0"), tick("B", 1, "1.0"))
        await client.ticks(2)
        with traced() as found:
            await feed.batch("20-0", tick("A", 2, "1.5"))
            await client.ticks(1)
    assert listed - NOT_RUN <= found
    assert found <= paths(text)
    # Beside the way of the batch, and said to be.
    assert found - listed == {"gateway/streams/waiting.py", "gateway/fanout/rest.py"}


async def test_a_cursor_passes_the_files_that_the_docs_list(valkey_url: str, patience: None) -> None:
    text = section(TEXT, "A cursor, from header to replayed frames")
    listed, beside = walk(text), text.rpartition("Beside the way")[2]
    async with scripted_feed(valkey_url) as feed, local_gateway(valkey_url, heartbeat=60_000) as running:
        async with opened(running.url, symbols="A,B") as client:
            await feed.batch("10-0", tick("A", 1, "1.0"), tick("B", 1, "1.0"))
            await client.ticks(2)
            cursor = client.cursor
        await eventually(lambda: len(running.streams.registry) == 0)
        # More than one piece.
        await feed.batch("20-0", *(tick("A", 2 + each, "1.5") for each in range(1000)))
        await eventually(lambda: running.gateway.live.ring.number >= 1002)
        with traced() as found:
            async with stream(running.url, cursor, symbols="A,B") as again:
                assert (await again.expect("hello"))["replayed"] == 1000
                await again.ticks(1000)
                await eventually(lambda: bool(next(iter(running.hub.groups.values())).members))
    assert set(listed) <= found
    assert found - set(listed) == paths(beside)
