"""The description of the API is true: what it allows works, what it does not is refused as it says."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import assume, given
from schemathesis import Case, GenerationMode

from tests.fuzz.profile import LONG, SEED, fuzzed
from tests.support.changing import open_stream
from tests.support.described import check_event
from tests.support.eventually import eventually
from tests.support.stack import Stack, running_stack
from tickcast.client.sse import Event, SseParser
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
    # Refusals for having asked too much would hide what is behind them.
    async with running_stack(1, gateway={"work": 1000}, symbols=20, rate=100, seed=3) as running:
        yield running


async def checked(url: str, folder: Path, stream: str, *arguments: str) -> tuple[int, str]:
    """Return the exit code of Schemathesis, and what it printed."""
    (folder / "schemathesis.toml").write_text(CONFIG.format(stream=stream), "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", f"--seed={SEED}",
        # HEAD has no body to be decoded, which the HTTP library of Schemathesis does not know.
        "--no-color", "--header", "Accept-Encoding: identity", *arguments,
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    return await process.wait(), output.decode("utf-8", "replace")


@pytest.mark.timeout(900)
async def test_everything_that_ends_answers_as_described(stack: Stack, tmp_path: Path) -> None:
    async with open_stream(stack.url, symbols="AAPL") as (_, stream):
        code, output = await checked(
            stack.url, tmp_path, stream, f"--max-examples={max(25, LONG // 20)}",
            "--exclude-operation-id=stream", "--exclude-operation-id=streamQuery",
            "--exclude-operation-id=streamPost", "--phases=examples,coverage,fuzzing",
        )  # fmt: skip
    assert code == 0, output
    assert "8 selected / 11 total" in output


def first_event(answer: requests.Response) -> Event:
    """Return the first event of a stream, which is as described."""
    parser = SseParser()
    return next(event for piece in answer.iter_content(None) for event in parser.feed(piece))


MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("mode", MODES, ids=[mode.value for mode in MODES])
@pytest.mark.parametrize("method", ["GET", "QUERY"])
async def test_a_stream_begins_or_is_refused_as_described(
    stack: Stack, mode: GenerationMode, method: str
) -> None:
    # The command line of Schemathesis would wait for the end of a stream.
    stream = schemathesis.openapi.from_dict(describe(1000))["/v1/stream"][method]
    operation = describe(1000)["paths"]["/v1/stream"][method.lower()]

    with requests.Session() as session:
        session.trust_env = False

        @fuzzed(60, cost=10)
        @given(stream.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            asked = requests.Request(**case.as_transport_kwargs(base_url=stack.url)).prepare()
            # The HTTP library leaves out a parameter that is None, or a list of nothing.
            sent = {name for name, _ in parse_qsl(urlsplit(asked.url).query, keep_blank_values=True)}
            assume(sent >= {*(case.query or {})})
            with session.send(asked, stream=True, timeout=20) as answer:
                described = operation["responses"][str(answer.status_code)]
                assert answer.headers["content-type"] in described["content"]
                if answer.status_code == 200:
                    check_event(first_event(answer))
                else:
                    assert answer.json()["status"] == answer.status_code
                # That bars_of needs bars is beyond what can be described.
                good = {200, 400} if mode is GenerationMode.POSITIVE else {400, 413, 414, 415, 431}
                assert answer.status_code in good, asked.url

        ask()
    await eventually(stack.gateways["gw-1"].ready)
