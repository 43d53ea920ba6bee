"""The programs of docs/readers.md, as they stand there: exact over a kill and a drain, and never stuck."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.clients.worlds import World
from tests.support.docs import ROOT
from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.support.tools import need

PROGRAMS = {
    "Node": ("", ["node", "reader.mjs"]),
    "Go": ("go", ["go", "run", "reader.go"]),
    "Java": ("javac", ["java", "Reader.java"]),
    "Shell": ("curl", ["sh", "reader.sh"]),
}
"""What each needs that this project does not bring, and how the page says that it is started."""

CODE = {
    "Node": block("docs/readers.md", "Node", 0),
    "Go": block("docs/readers.md", "Go", 0),
    "Java": block("docs/readers.md", "Java", 0),
    "Shell": block("docs/readers.md", "Shell", 0),
}

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
"""Node comes with what the tests install."""

STREAM = "?symbols=S1,S2,S3&heartbeat=1000"


class Reader:
    """A running program of the page."""

    def __init__(self, process: asyncio.subprocess.Process, printed: Path) -> None:
        self.process = process
        self.printed = printed

    def events(self) -> list[tuple[str, str]]:
        """Return names and data of all events that it has printed whole."""
        text = self.printed.read_text("utf-8")
        lines = text[: text.rfind("\n") + 1].splitlines()
        return [(name, data) for name, _, data in (line.partition(" ") for line in lines)]

    def named(self, name: str) -> list[str]:
        """Return the data of the events of a name."""
        return [data for each, data in self.events() if each == name]

    def newest(self) -> dict[str, int]:
        """Return the newest `q` of each symbol; fail if one is missing or comes twice."""
        newest: dict[str, int] = {}
        for name, data in self.events():
            if name == "snapshot":
                newest |= {tick["S"]: tick["q"] for tick in json.loads(data)}
            elif name == "tick":
                tick = json.loads(data)
                assert tick["q"] == newest[tick["S"]] + 1, data
                newest[tick["S"]] = tick["q"]
        return newest


@asynccontextmanager
async def running_reader(language: str, url: str, folder: Path) -> AsyncIterator[Reader]:
    """Run the program of a language against an address, and end all that it has started."""
    folder = folder / language
    folder.mkdir()
    (folder / PROGRAMS[language][1][-1]).write_text(CODE[language], "utf-8")
    printed = folder / "printed"
    with printed.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *PROGRAMS[language][1], url, cwd=folder, stdout=out, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, env={**os.environ, "PATH": PATH},
        )  # fmt: skip
    try:
        yield Reader(process, printed)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


@pytest.fixture(params=PROGRAMS)
def language(request: pytest.FixtureRequest) -> str:
    """Each language that this machine has."""
    chosen: str = request.param
    if PROGRAMS[chosen][0]:
        need(PROGRAMS[chosen][0])
    return chosen


@pytest.mark.timeout(120)
async def test_every_tick_comes_once_over_a_kill_and_a_drain(language: str, tmp_path: Path) -> None:
    async with World() as world, AsyncExitStack() as stack:
        first = await world.gateway()
        await world.feeder.tick("S1", "S2", "S3")
        reader = await stack.enter_async_context(running_reader(language, world.stream(STREAM), tmp_path))
        async with world.feeding(100):
            await eventually(lambda: len(reader.named("tick")) > 5, 60)
            second = await world.gateway()
            first.process.kill()
            await eventually(lambda: len(reader.named("hello")) == 2, 30)
            await world.gateway()
            await second.stop()
            await eventually(lambda: len(reader.named("hello")) == 3, 30)
        wanted = {symbol: world.feeder.counts[symbol] for symbol in ("S1", "S2", "S3")}
        await eventually(lambda: reader.newest() == wanted, 30)
        resumed = [json.loads(hello)["resumed"] for hello in reader.named("hello")]
        assert resumed[0] == "new"
        assert set(resumed[1:]) <= {"live", "replayed"}
        assert reader.named("gap") == []


async def test_a_refusal_ends_it_with_what_the_gateway_says(language: str, tmp_path: Path) -> None:
    async with World() as world:
        await world.gateway()
        async with running_reader(language, world.stream("?interval=fast"), tmp_path) as reader:
            _, said = await asyncio.wait_for(reader.process.communicate(), 60)
            assert reader.process.returncode == 1
            assert b"interval" in said
            assert reader.events() == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("says", ["nothing", "its head"])
async def test_a_mute_line_is_given_up(says: str, language: str, tmp_path: Path) -> None:
    came: list[asyncio.StreamWriter] = []

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
        came.append(writer)
        if says == "its head":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 10\n\n")

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, running_reader(language, url, tmp_path):
        await eventually(lambda: len(came) >= 2, 90)
        for writer in came:
            writer.transport.abort()


def test_the_page_has_no_other_program() -> None:
    text = (ROOT / "docs" / "readers.md").read_text("utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == [*PROGRAMS]
