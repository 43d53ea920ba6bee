"""The description of the API is true: what it allows works, what it does not is refused as it says."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.changing import open_stream
from tests.support.event_stream import answer_of
from tests.support.local_gateway import LocalGateway
from tests.support.stack import Stack, running_stack
from tickcast.gateway.http.app import build_app
from tickcast.gateway.http.openapi import describe

CONFIG = """
[[operations]]
include-operation-id = "streamHead"
# That bars_of needs bars is beyond what can be described.
checks.positive_data_acceptance.enabled = false

[[operations]]
include-operation-id = "change"
parameters = {{ stream = "{stream}" }}
"""


@pytest.fixture
async def stack() -> AsyncIterator[Stack]:
    async with running_stack(1, symbols=20, rate=100, seed=3) as running:
        yield running


async def fuzzed(url: str, folder: Path, stream: str, *arguments: str) -> tuple[int, str]:
    """Return the exit code of Schemathesis, and what it printed."""
    (folder / "schemathesis.toml").write_text(CONFIG.format(stream=stream), "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--seed", "1", "--no-color",
        # HEAD has no body to be decoded, which the HTTP library of Schemathesis does not know.
        "--header", "Accept-Encoding: identity", *arguments,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return await process.wait(), output.decode("utf-8", "replace")


@pytest.mark.timeout(400)
async def test_everything_that_ends_answers_as_described(stack: Stack, tmp_path: Path) -> None:
    async with open_stream(stack.url, symbols="AAPL") as (_, stream):
        code, output = await fuzzed(
            stack.url, tmp_path, stream, "--max-examples=25", "--exclude-operation-id=stream",
            "--phases=examples,coverage,fuzzing",
        )  # fmt: skip
    assert code == 0, output
    assert "8 selected / 9 total" in output


async def test_it_names_every_path_and_method_and_no_other(gateway: LocalGateway) -> None:
    answer = await answer_of(gateway.url, "/openapi.json")
    described = json.loads(answer.body)
    assert described == json.loads(json.dumps(describe(gateway.gateway.settings.max_symbols)))
    named = {(path, method.upper()) for path, item in described["paths"].items() for method in item}
    app = build_app(gateway.gateway)
    served = {
        (route.path.replace(":path", ""), method)
        for route in app.routes
        if route.path.startswith(("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json"))
        for method in route.methods
    }
    # HEAD is there beside every GET; only that of the stream is worth a word.
    assert {each for each in served if each[1] != "HEAD"} | {("/v1/stream", "HEAD")} == named


async def test_the_stream_answers_as_described(gateway: LocalGateway) -> None:
    operation = describe(1000)["paths"]["/v1/stream"]["get"]
    async with open_stream(gateway.url) as (opened, _):
        assert str(opened.status) in operation["responses"]
        assert opened.headers["content-type"] in operation["responses"]["200"]["content"]
    names = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    refusal = json.loads((await answer_of(gateway.url, "/v1/stream?x=1")).body)["detail"]
    assert names == set(refusal.partition("allowed are ")[2].split(", "))
