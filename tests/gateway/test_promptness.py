"""No decoder keeps a tick back until the next one comes: each tick is read before another is published.

Order alone does not show it: a reader that is always one piece late has every `q` in order. A tick that is
read before anything else is sent is on time at any rate, at 0.2 ticks/s as at 10,000.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.event_stream import PATIENCE
from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.tools import need
from tests.web.node import node

READERS = Path(__file__).parent / "readers"
TICK = re.compile(rb'data: \{"S":"A","q":(\d+),')
TICKS = 5

QUIET = 60_000
"""ms until a heartbeat: it would push out whatever a decoder keeps back."""


@pytest.fixture
async def gateway(feeder: Feeder, valkey_url: str) -> AsyncIterator[LocalGateway]:
    async with local_gateway(valkey_url, heartbeat=QUIET) as running:
        yield running


@pytest.fixture(scope="session")
def go_reader(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The reader in Go, compiled."""
    program = tmp_path_factory.mktemp("go") / "reader"
    subprocess.run([need("go"), "build", "-o", program, READERS / "reader.go"], check=True, timeout=110)
    return str(program)


@asynccontextmanager
async def reading(*command: str) -> AsyncIterator[asyncio.StreamReader]:
    """Run a reader; the value is what it prints."""
    # An address of this machine is reached without a proxy.
    environment = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=environment, limit=1 << 20
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def assert_each_tick_is_read_before_the_next(
    gateway: LocalGateway, feeder: Feeder, *command: str, first: bytes
) -> None:
    """Run a reader, which says with a line `first` whether it reads compressed bytes."""
    async with reading(*command, f"{gateway.url}/v1/stream?symbols=A") as printed:
        async with asyncio.timeout(PATIENCE):
            await printed.readuntil(first)
            # The first frame is as small as a tick's, and must be read before any other as well.
            await printed.readuntil(b"event: snapshot\n")
        for q in range(1, TICKS + 1):
            await feeder.tick("A")
            async with asyncio.timeout(PATIENCE):
                while not (found := TICK.match(await printed.readline())):
                    assert not printed.at_eof()
            assert int(found[1]) == q


@pytest.mark.parametrize("asked", ["", "identity"], ids=["as net/http asks", "identity"])
async def test_go_reads_each_tick_at_once(
    gateway: LocalGateway, feeder: Feeder, go_reader: str, asked: str
) -> None:
    first = b"compressed: false\n" if asked else b"compressed: true\n"
    await assert_each_tick_is_read_before_the_next(gateway, feeder, go_reader, asked, first=first)


@pytest.mark.parametrize("how", ["fetch", "gzip"])
async def test_node_reads_each_tick_at_once(gateway: LocalGateway, feeder: Feeder, how: str) -> None:
    command = [str(node()), str(READERS / "reader.mjs"), how]
    await assert_each_tick_is_read_before_the_next(gateway, feeder, *command, first=b"compressed: true\n")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_httpx2_reads_each_tick_at_once(gateway: LocalGateway, feeder: Feeder, coding: str) -> None:
    command = [sys.executable, str(READERS / "reader.py"), coding]
    await assert_each_tick_is_read_before_the_next(gateway, feeder, *command, first=b"compressed: true\n")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_curl_reads_each_tick_at_once(gateway: LocalGateway, feeder: Feeder, coding: str) -> None:
    command = [need("curl"), "-siN", "--compressed", "-H", f"accept-encoding: {coding}"]
    first = b"content-encoding: %b\r\n" % coding.encode()
    await assert_each_tick_is_read_before_the_next(gateway, feeder, *command, first=first)
