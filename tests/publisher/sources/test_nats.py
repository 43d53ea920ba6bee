"""The `nats` source, with a server of Debian."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.aio.client import Client
from structlog.testing import capture_logs

from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.ticks import DAY
from tests.support.tools import need
from tickcast.publisher.source import SourceError, SourceItem, SourceOptions, load_source
from tickcast.publisher.sources.nats import DROPPED, nats
from tickcast.wire.inbox import Description
from tickcast.wire.tick import Tick


class Server:
    """A NATS server; `start` it, and again after `stop`."""

    def __init__(self, *arguments: str) -> None:
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self._command = [need("nats-server"), "-a", "127.0.0.1", "-p", str(self.port), *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server; it is stopped after the test."""
    monkeypatch.setattr("tickcast.publisher.sources.nats.RETRY", 0.1)
    started: list[Server] = []

    def one(*arguments: str) -> Server:
        started.append(Server(*arguments))
        started[-1].start()
        return started[-1]

    yield one
    for server in started:
        server.stop()


class Reading:
    """What a source yields, gathered by a task."""

    def __init__(self, options: SourceOptions) -> None:
        self.items: list[SourceItem] = []
        self.task = asyncio.create_task(self._read(nats(options)))

    async def _read(self, lists: AsyncIterator[list[SourceItem]]) -> None:
        async for items in lists:
            self.items += items

    async def end(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def sender(url: str) -> AsyncIterator[Client]:
    """A client of the server."""

    async def quiet(_: Exception) -> None:
        """Say nothing of a server that has not begun."""

    client = Client()
    await client.connect(url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, error_cb=quiet)
    try:
        yield client
    finally:
        await client.close()


def said(logs: list[Any], event: str) -> bool:
    return any(log["event"] == event for log in logs)


def line(number: int) -> bytes:
    return b'{"S":"AAPL","t":%d,"p":1.50}' % (DAY + number)


async def test_lines_of_messages_come_in_order_and_bad_ones_are_told(start: Callable[..., Server]) -> None:
    server = start()
    with capture_logs() as logs:
        reading = Reading(SourceOptions(nats_url=server.url))
        await eventually(lambda: said(logs, "listening to nats"))
        async with sender(server.url) as client:
            await client.publish("tickcast.AAPL", line(1) + b"\n" + line(2))
            await client.publish("elsewhere", line(3))
            await client.publish("tickcast.us.AAPL", b'{"S":"AAPL","name":"Apple"}\n')
            await client.publish("tickcast.AAPL", b"nonsense\r\n" + line(4) + b"\r\n")
            await eventually(lambda: len(reading.items) == 4)
        await reading.end()
    tick = Tick("AAPL", DAY, "1.50")
    described = Description("AAPL", "Apple")
    assert reading.items == [
        *(tick._replace(time=DAY + number) for number in (1, 2)),
        described,
        tick._replace(time=DAY + 4),
    ]
    assert [log["line"] for log in logs if log["event"] == "malformed line skipped"] == [4]
    assert not said(logs, "the connection to nats is lost; messages sent until it is back are lost")


async def test_it_waits_for_a_server_and_goes_on_when_that_returns(start: Callable[..., Server]) -> None:
    server = start()
    server.stop()
    with capture_logs() as logs:
        reading = Reading(SourceOptions(nats_url=server.url, nats_subject="prices"))
        await eventually(lambda: said(logs, "trouble with nats"))
        for number, event in enumerate(("listening to nats", "connected to nats again")):
            server.start()
            await eventually(lambda event=event: said(logs, event))
            async with sender(server.url) as client:
                await client.publish("prices", line(number))
                await eventually(lambda number=number: len(reading.items) == number + 1)
            server.stop()
        await eventually(
            lambda: said(logs, "the connection to nats is lost; messages sent until it is back are lost")
        )
        await reading.end()


async def test_it_ends_at_once_while_no_server_answers() -> None:
    with capture_logs() as logs:
        reading = Reading(SourceOptions(nats_url=f"nats://127.0.0.1:{free_port()}"))
        await eventually(lambda: said(logs, "trouble with nats"))
        await asyncio.wait_for(reading.end(), 10)


async def test_a_wrong_password_is_told_and_shown_nowhere(start: Callable[..., Server]) -> None:
    server = start("--user", "feed", "--pass", "right-one")
    with capture_logs() as logs:
        reading = Reading(SourceOptions(nats_url=f"nats://feed:wrong-one@127.0.0.1:{server.port}"))
        await eventually(lambda: any("uthorization" in str(log) for log in logs))
        await reading.end()
        again = Reading(SourceOptions(nats_url=f"nats://feed:right-one@127.0.0.1:{server.port}"))
        await eventually(lambda: said(logs, "listening to nats"))
        await again.end()
    assert "-one" not in str(logs)


async def test_what_comes_faster_than_it_is_taken_is_dropped_and_counted(
    start: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickcast.publisher.sources.nats.MAX_WAITING", 10)
    monkeypatch.setattr("tickcast.publisher.sources.nats.MAX_LIST", 10)
    server, before = start(), DROPPED._value.get()
    with capture_logs() as logs:
        lists = nats(SourceOptions(nats_url=server.url))
        first = asyncio.ensure_future(anext(lists))
        await eventually(lambda: said(logs, "listening to nats"))
        async with sender(server.url) as client:
            await client.publish("tickcast.A", line(0))
            assert len(await first) == 1
            # Nobody takes the next list meanwhile.
            for number in range(1, 101):
                await client.publish("tickcast.A", line(number))
            await client.flush()
            await eventually(lambda: DROPPED._value.get() > before)
            await client.publish("tickcast.A", line(101))
            await client.flush()
        taken = len(await anext(lists))
        await lists.aclose()
    assert 1 <= taken <= 10
    assert said(logs, "trouble with nats")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"nats_url": "127.0.0.1:4222"}, "TICKCAST_NATS_URL: a URL such as nats://127.0.0.1:4222 is needed"),
        ({"nats_url": "http://me:secret@host"}, "TICKCAST_NATS_URL: a URL such as"),
        ({"nats_url": "nats://host:port"}, "TICKCAST_NATS_URL: a URL such as"),
        ({"nats_url": "nats://host,"}, "TICKCAST_NATS_URL: a URL such as"),
        ({"nats_subject": "a b"}, "TICKCAST_NATS_SUBJECT: 'a b' is no subject"),
        ({"nats_subject": "a..b"}, "TICKCAST_NATS_SUBJECT: 'a..b' is no subject"),
        ({"nats_subject": ">.a"}, "TICKCAST_NATS_SUBJECT: '>.a' is no subject"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(options: dict[str, str], says: str) -> None:
    with pytest.raises(SourceError, match=says) as error:
        nats(SourceOptions(**options))
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("subject", [">", "*", "a", "a.>", "a.*.b", "*.b.>"])
def test_a_subject_may_have_wildcards(subject: str) -> None:
    nats(SourceOptions(nats_url="nats://a:4222, tls://b", nats_subject=subject))


def test_it_is_found_by_name_and_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factory = load_source("nats")
    assert factory is nats
    monkeypatch.setattr("tickcast.publisher.sources.nats.find_spec", lambda name: None)
    with pytest.raises(
        SourceError, match=r"needs nats-py, not installed here: pip install 'tickcast\[nats\]'"
    ):
        factory(SourceOptions())
