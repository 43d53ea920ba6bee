"""`tickcast conform` passes what conforms, however it is reached, and names each deviation."""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.cli.conform.altering import Altering, altering
from tests.cli.conform.deviations import PLANTED
from tests.cli.program import tickcast
from tests.gateway.mounted.serving import served
from tests.support.eventually import eventually
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tests.support.programs import running_publisher
from tests.support.servers import valkey
from tests.support.stack import Stack, running_stack
from tickcast.bench.balancer import configure
from tickcast.cli.conform.outcome import Verdict
from tickcast.cli.conform.server_run import all_checks, check_server

SECONDS = 10.0
"""Patience for ticks, of which there are many."""


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    # Many clients of one address: its share of work is no part of this.
    async with running_stack(1, gateway={"work": 1000}, symbols=5, rate=100, seed=3) as running:
        yield running


async def deviating(url: str) -> set[str]:
    """Return the names of the checks that find a deviation; all are made but that of a listed origin."""
    report = await check_server(url, tls=ssl.create_default_context(), seconds=SECONDS, listens=1.5)
    assert [each.name for each in report.of(Verdict.UNCHECKED)] == ["cors"], report.of(Verdict.UNCHECKED)
    return {each.name for each in report.of(Verdict.DEVIATES)}


async def conform(url: str, *arguments: str) -> tuple[int, str]:
    """Return exit code and output of the command."""
    done = await asyncio.to_thread(tickcast, "conform", url, *arguments)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(300)
async def test_each_planted_deviation_is_found_by_name(stack: Stack) -> None:
    few = asyncio.Semaphore(4)

    async def found(how: Altering) -> set[str]:
        async with few, altering(stack.url, how) as url:
            return await deviating(url)

    clean, *others = await asyncio.gather(
        found(Altering()), *(found(planted.how()) for planted in PLANTED.values())
    )
    # The proxy itself does nothing wrong.
    assert clean == set()
    for (what, planted), names in zip(PLANTED.items(), others, strict=True):
        assert planted.check in names, (what, names)
        assert names <= {planted.check, *planted.others}, (what, names)
    # Each check but those of others' ways is found wanting by some deviation.
    assert {each.name for each in all_checks()} - {planted.check for planted in PLANTED.values()} == {
        "cors", "gzip", "http-1.0", "openapi", "snapshot-cursor",
    }  # fmt: skip


@asynccontextmanager
async def direct(folder: Path) -> AsyncIterator[str]:
    async with running_stack(2, symbols=5, rate=100, seed=3) as running:
        yield running.url


@asynccontextmanager
async def nginx(folder: Path) -> AsyncIterator[str]:
    async with running_stack(1, symbols=5, rate=100, seed=3) as running:
        port, health = free_port(), free_port()
        main = configure(folder, port, health, int(running.gateways["gw-1"].url.rpartition(":")[2]))
        with running_nginx(folder, main, health):
            yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def mounted(folder: Path) -> AsyncIterator[str]:
    with valkey() as redis_url:
        async with (
            running_publisher(redis_url, symbols=5, rate=100, seed=3),
            served("uvicorn", "fastapi_app", folder, redis_url) as running,
        ):
            yield f"{running.url}/prices"


@pytest.mark.parametrize("way", [direct, nginx, mounted], ids=["direct", "nginx", "mounted"])
async def test_what_conforms_passes(way: type, tmp_path: Path) -> None:
    async with way(tmp_path) as url:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:

            async def has_symbols() -> bool:
                answer = await http.get(f"{url}/v1/symbols")
                return answer.status_code == 200 and len(answer.json()) == 5

            # Some checks need them, and a mounted gateway answers before it has any.
            await eventually(has_symbols)
        code, output = await conform(url, "--all", "--seconds", "10")
        assert code == 0, output
        assert "25 checks: 25 kept, 0 deviate; 1 not made" in output


async def test_a_deviation_is_told_with_its_rule_and_the_exit_code(stack: Stack) -> None:
    async with altering(stack.url, PLANTED["POST refused"].how()) as url:
        code, output = await conform(url, "--only", "body", "--only", "etag")
        assert code == 1
        assert "deviates body POST of the stream is answered 405" in " ".join(output.split())
        assert "→ QUERY and POST with the parameters as JSON open the same" in " ".join(output.split())
        code, output = await conform(url, "--only", "body", "--json")
        document = json.loads(output)
        assert (code, document["conforms"], document["checks"][0]["verdict"]) == (1, False, "deviates")
    for more in ((), ("--symbols", "A")):
        code, output = await conform(url, *more)
        assert (code, output.count("\n")) == (2, 1)
        assert "nothing was checked" in output


def test_what_is_no_check_is_named() -> None:
    done = tickcast("conform", "--only", "everything")
    assert done.returncode == 2
    assert "everything is no check; there are hello-first, " in done.stderr


def test_the_docs_list_every_check_with_its_rule() -> None:
    text = (Path(__file__).parents[3] / "docs" / "conformance.md").read_text("utf-8")
    listed = re.findall(
        r"^\| `([a-z0-9.-]+)` \| (.*)\. \|$",
        text.partition("## The checks")[2].partition("\n## ")[0],
        re.MULTILINE,
    )
    assert [(name, rule.lower()) for name, rule in listed] == [
        (each.name, each.rule.lower()) for each in all_checks()
    ]
