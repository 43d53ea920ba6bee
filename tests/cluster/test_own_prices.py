"""The recipes of docs/deploy.md for prices of your own, run in turn over one Redis and one gateway."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cluster.cluster import PROJECT, Cluster, ComposeError
from tests.support.engine import need_compose
from tests.support.eventually import eventually

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


class Recipes(Cluster):
    """A small cluster of its own, whose publisher and producer are replaced by those of a recipe."""

    def __init__(self) -> None:
        super().__init__()
        self.environment["COMPOSE_PROJECT_NAME"] = f"{PROJECT}-own"
        self._plain = self.environment
        self._gateway = ""

    def begin(self) -> None:
        """Build the images; start Redis and a gateway."""
        self.build()
        up = ("docker", "compose", "up", "--detach", "--no-build")
        self._run(*up, "--wait", "redis")
        self._run(*up, "--no-deps", "--scale", "gateway=1", "gateway")

    def _set(self, recipe: str, **settings: str) -> None:
        files = f"docker-compose.yml:deploy/compose.{recipe}.yml"
        self.environment = self._plain | {"COMPOSE_FILE": files} | settings

    async def cook(self, recipe: str, *services: str, **settings: str) -> None:
        """Replace the publisher by that of a recipe."""
        self._set(recipe, **settings)
        if recipe == "plugin":
            await self.compose("build", "--quiet", "publisher")
        scale = ("--scale", "publisher=1")
        await self.compose("up", "--detach", "--no-build", "--no-deps", *scale, "publisher", *services)

    async def refused(self, recipe: str, **settings: str) -> str:
        """Return what the publisher of a recipe says that refuses its settings; it is run once."""
        self._set(recipe, **settings)
        name = f"{PROJECT}-refused"
        with pytest.raises(ComposeError):
            await self.compose("run", "--no-deps", "-T", "--name", name, "publisher")
        try:
            assert (await self.inspect(name))["State"]["ExitCode"] == 2
            done = await asyncio.to_thread(
                subprocess.run, ["docker", "logs", name], capture_output=True, text=True, check=True
            )
            return done.stderr + done.stdout
        finally:
            await self.docker("rm", name)

    async def prices(self, symbol: str) -> list[Any]:
        """Return the newest tick of a symbol, as the gateway has it; nothing while there is none."""
        if not self._gateway:
            found = await self.inspect((await self.containers("gateway"))[0])
            networks = found["NetworkSettings"]["Networks"]
            self._gateway = networks[f"{PROJECT}-own_front"]["IPAddress"]
        with suppress(httpx2.TransportError):  # the gateway has only just started
            async with httpx2.AsyncClient(trust_env=False, timeout=10) as client:
                answer = await client.get(f"http://{self._gateway}:8000/v1/snapshot?symbols={symbol}")
                ticks: list[Any] = answer.json()["ticks"] if answer.status_code == 200 else []
                return ticks
        return []

    async def advances(self, symbol: str) -> None:
        """Return when a symbol has had another tick."""
        before = await self.prices(symbol)

        async def again() -> bool:
            now = await self.prices(symbol)
            return bool(now) and now != before

        await eventually(again, 100)

    async def state(self, service: str) -> dict[str, Any]:
        """Return the state of a service's only container, running or not, and how often it was restarted."""
        found = await self.inspect((await self.compose("ps", "--all", "--quiet", service)).strip())
        state: dict[str, Any] = found["State"]
        return state | {"Restarts": found["RestartCount"]}

    async def over(self, service: str) -> dict[str, Any]:
        """Return that state when the container has ended and is not started again."""
        container = (await self.compose("ps", "--all", "--quiet", service)).strip()

        async def ended() -> bool:
            return bool((await self.inspect(container))["State"]["Status"] == "exited")

        await eventually(ended, 100)
        return await self.state(service)


@pytest.fixture(scope="module")
def started() -> Iterator[Recipes]:
    need_compose()
    recipes = Recipes()
    try:
        recipes.begin()
        yield recipes
    finally:
        recipes.remove()


@pytest.fixture
async def recipes(started: Recipes, request: pytest.FixtureRequest) -> AsyncIterator[Recipes]:
    """The small cluster; what it logged is shown if the test fails."""
    failed = request.session.testsfailed
    yield started
    if request.session.testsfailed > failed:
        print(await started.compose("logs", "--no-color", "--tail", "30"))


async def test_a_program_that_prints_is_a_source_and_its_end_is_the_end(
    recipes: Recipes, tmp_path: Path
) -> None:
    await recipes.cook("stdin")
    await recipes.advances("PRINTED")
    # A stop reaches the publisher: it ends by itself, with the code 0, and not by SIGKILL.
    container = (await recipes.containers("publisher"))[0]
    await recipes.docker("stop", container)
    state = await recipes.state("publisher")
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)

    program = tmp_path / "prints_once.py"
    program.write_text('print(\'{"S":"ONCE","t":1700000000000000,"p":1}\')')
    await recipes.cook("stdin", TICKCAST_PROGRAM=str(program))
    state = await recipes.over("publisher")
    assert (state["ExitCode"], state["Restarts"]) == (0, 0)
    assert [tick["p"] for tick in await recipes.prices("ONCE")] == [1]

    program.write_text("raise SystemExit(3)")
    await recipes.cook("stdin", TICKCAST_PROGRAM=str(program), TICKCAST_TIME_UNIT="ms")
    state = await recipes.over("publisher")
    assert (state["ExitCode"], state["Restarts"]) == (3, 3)
    log = await recipes.compose("logs", "publisher")
    assert "the program that prints prices has failed with the code 3" in log


async def test_a_program_that_hands_in_is_published_by_whoever_leads(recipes: Recipes) -> None:
    await recipes.cook("inbox", "producer", TICKCAST_PROGRAM="./examples/publish_prices.py")
    await recipes.advances("HANDED-IN")
    await recipes.compose("stop", "producer")
    # Ended as by Ctrl-C, with what waited handed in, and not by SIGKILL.
    assert (await recipes.state("producer"))["ExitCode"] == 130
    await recipes.compose("rm", "--force", "producer")


async def test_a_source_of_ones_own_is_installed_into_an_image_and_a_wrong_one_stops(
    recipes: Recipes,
) -> None:
    await recipes.cook("plugin")
    await recipes.advances("HEADS")
    said = await recipes.refused("plugin", TICKCAST_SOURCE="dice")
    assert "no source is called 'dice'; there are: binance, coinbase, coins," in said


async def test_an_exchange_that_cannot_be_reached_is_named_and_tried_again(recipes: Recipes) -> None:
    await recipes.cook(
        "exchange",
        TICKCAST_EXCHANGE="kraken",
        TICKCAST_SYMBOLS="BTC-USD",
        TICKCAST_EXCHANGE_URL="ws://127.0.0.1:9",
    )

    async def said() -> dict[str, Any] | None:
        lines = (await recipes.compose("logs", "--no-log-prefix", "publisher")).splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        named = [each for each in events if each["event"] == "connecting to the exchange again"]
        return named[0] if named else None

    await eventually(said, 60)
    line = await said()
    assert line is not None
    assert (line["level"], line["source"]) == ("warning", "kraken")
    assert line["reason"].startswith("it cannot be reached: ")
    assert (await recipes.state("publisher"))["Status"] == "running"


async def test_a_recording_that_has_ended_or_cannot_be_read_stops(recipes: Recipes, tmp_path: Path) -> None:
    day = tmp_path / "day.csv"
    day.write_text("S,t,p\nRECORDED,1700000000000000,7\n")
    await recipes.cook("replay", TICKCAST_FILE=str(day), TICKCAST_LOOP="false")
    state = await recipes.over("publisher")
    assert (state["ExitCode"], state["Restarts"]) == (0, 0)
    assert [tick["p"] for tick in await recipes.prices("RECORDED")] == [7]
    day.write_text("nothing of a price\n")
    assert "/recording" in await recipes.refused("replay", TICKCAST_FILE=str(day))
    with pytest.raises(ComposeError, match="bind source path does not exist"):
        await recipes.cook("replay", TICKCAST_FILE=str(tmp_path / "missing.csv"))
    assert not (tmp_path / "missing.csv").exists()
