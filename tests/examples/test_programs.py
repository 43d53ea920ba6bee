"""The programs of examples/ do what their first lines say, beside a real gateway."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

import httpx2
import pytest

from examples.alert_bot import Bound, alerts, bound
from examples.grafana_live import line, lines
from tests.cli.program import clean_environment
from tests.clients.worlds import World
from tests.support.eventually import eventually
from tests.support.feeder import Feeder
from tests.support.ports import free_port
from tickcast import Status, Tick

EXAMPLES = Path(__file__).parents[2] / "examples"


def tick(symbol: str, price: str) -> Tick[Decimal]:
    """Return a tick with a price and nothing else."""
    return Tick(symbol, 1, 1_795_384_800_123_456, Decimal(price), *[None] * 6, "", False)


class Hook:
    """A server that keeps what is posted to it, and answers with a status."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.heads: list[str] = []
        self.status = HTTPStatus.OK
        self.url = ""

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"Content-Length: (\d+)", head, re.IGNORECASE)
        assert length
        self.heads.append(head)
        self.bodies.append((await reader.readexactly(int(length[1]))).decode())
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self.status)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def hook() -> AsyncIterator[Hook]:
    """Serve a Hook until the block ends."""
    served = Hook()
    server = await asyncio.start_server(served.take, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield served


@asynccontextmanager
async def program(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run an example until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", *arguments, cwd=EXAMPLES, env={**clean_environment(), **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def test_a_bound_is_said_once_until_the_price_was_back() -> None:
    events = [
        Status("live", 1, ""),
        *(tick("AAPL", price) for price in ("190", "190.01", "191", "189", "192")),
    ]
    bounds = [bound("AAPL>190"), bound("MSFT<1")]
    assert [*alerts(events, bounds)] == [
        "prices are live",
        "AAPL is at 190.01, above 190",
        "AAPL is at 192, above 190",
    ]


def test_what_is_no_bound_is_refused() -> None:
    assert bound("BTC/USD<60000.5") == Bound("BTC/USD", "<", Decimal("60000.5"))
    for text in ("AAPL", "AAPL>", "AAPL>high"):
        with pytest.raises(ValueError, match="write SYMBOL>PRICE"):
            bound(text)


async def test_the_bot_posts_what_it_says_and_goes_on_when_the_hook_refuses() -> None:
    async with World() as world, hook() as served:
        served.status = HTTPStatus.INTERNAL_SERVER_ERROR
        await world.gateway()
        await world.feeder.tick("S1")
        async with program("alert_bot.py", world.url, "S1>0", "--webhook", served.url) as bot:
            assert bot.stdout
            said = [(await bot.stdout.readline()).decode() for _ in range(4)]
            assert said[0] == "prices are live\n"
            assert said[1].startswith("the webhook did not take it")
            assert said[2].startswith("S1 is at ")
        assert '"text": "prices are live"' in served.bodies[0]


def test_ticks_are_lines_of_influx() -> None:
    one = Tick("A B,C", 1, 1_795_384_800_123_456, 189.5, None, 189.25, None, None, None, None, "", False)
    assert line(one) == "price,symbol=A\\ B\\,C price=189.5,bid=189.25 1795384800123456000"
    assert lines([one, Status("live", 1, ""), one._replace(price=190.0)]).count("\n") == 0


async def test_grafana_gets_the_newest_price_of_each_symbol() -> None:
    async with World() as world, hook() as served:
        await world.gateway()
        await world.feeder.tick("S1", "S2")
        async with program("grafana_live.py", world.url, served.url, GRAFANA_TOKEN="secret"):
            await eventually(lambda: served.bodies)
        assert "POST /api/live/push/tickcast HTTP/1.1" in served.heads[0]
        assert "Authorization: Bearer secret" in served.heads[0]
        assert sorted(re.findall(r"^price,symbol=(\w+) price=[\d.]+", served.bodies[0], re.M)) == ["S1", "S2"]


async def test_the_app_shows_visitors_two_symbols_and_who_signed_in_all(valkey_url: str) -> None:
    port = free_port()
    command = ("-m", "uvicorn", "fastapi_app:app", "--port", str(port))
    async with (
        Feeder(valkey_url) as feeder,
        feeder.beating(),
        program(*command, REDIS_URL=valkey_url),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as client,
    ):
        await feeder.tick("AAPL", "MSFT", "TSLA")

        async def ready() -> bool:
            try:
                return (await client.get("/prices/readyz")).status_code == 200
            except httpx2.TransportError:
                return False

        async def symbols() -> list[str]:
            return sorted(each["S"] for each in (await client.get("/prices/v1/snapshot")).json()["ticks"])

        await eventually(ready)
        assert await symbols() == ["AAPL", "MSFT"]
        assert 'src="/prices/elements.js"' in (await client.get("/")).text
        assert (await client.get("/prices/elements.js")).status_code == 200
        assert (await client.get("/sign-in")).status_code == 200
        assert await symbols() == ["AAPL", "MSFT", "TSLA"]


def test_every_example_is_in_the_list() -> None:
    listed = set(
        re.findall(r"^\| \[`([\w./]+)`\]", (EXAMPLES / "README.md").read_text("utf-8"), re.MULTILINE)
    )
    there = {path.name + "/" * path.is_dir() for path in EXAMPLES.iterdir() if not path.name.startswith("_")}
    assert there - {"README.md", "make_sample.py"} == listed
