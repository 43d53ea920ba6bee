"""`tickcast conform --serve` passes clients that keep to the protocol, and names what others do."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

import tickcast
from tests.cli.program import COMMAND, clean_environment
from tests.support.tools import need
from tests.web.browser import visiting
from tickcast.cli.conform.client_run import check_client
from tickcast.cli.conform.outcome import Report, Verdict
from tickcast.cli.conform.scripts import SCRIPTS

Client = Callable[[str], Awaitable[None]]


async def played(client: Client, latest: float = 20.0) -> Report:
    """Return what is said of a client, which gets the address and reads until it is cancelled."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    checking = asyncio.create_task(
        check_client("127.0.0.1", 0, within=90, listening=address.set_result, latest=latest)
    )
    reading = asyncio.ensure_future(client(await address))
    try:
        return await checking
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def follow(url: str) -> None:
    async with tickcast.follow(url, "CONFORM") as prices:
        async for _ in prices:
            pass


@asynccontextmanager
async def in_chromium(url: str) -> AsyncIterator[None]:
    async with visiting(url) as visit:
        await visit.page.evaluate("url => { window.source = new EventSource(url + '/v1/stream'); }", url)
        yield


async def event_source(url: str) -> None:
    async with in_chromium(url):
        await asyncio.Event().wait()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("client", [follow, event_source])
async def test_clients_that_conform_pass(client: Client) -> None:
    if client is event_source:
        need("chromium")
    report = await played(client)
    assert [each.name for each in report.of(Verdict.KEEPS)] == [each.name for each in SCRIPTS], report
    assert report.conforms


class Poor:
    """A client that does as little as its flags say."""

    def __init__(
        self, *, takes_ids: bool = True, end: str = "\n", whole: bool = True, waits: bool = True
    ) -> None:
        self.takes_ids = takes_ids
        self.end = end
        self.whole = whole
        """Whether it waits for the blank line before it takes an id."""
        self.waits = waits

    async def __call__(self, url: str) -> None:
        cursor, wait = "", 0.15
        async with httpx2.AsyncClient(trust_env=False) as http:
            while True:
                fields = {"last-event-id": cursor} if cursor and self.takes_ids else {}
                text = ""
                try:
                    async with http.stream("GET", f"{url}/v1/stream", headers=fields) as answer:
                        async for piece in answer.aiter_bytes():
                            text += piece.decode("utf-8")
                except httpx2.HTTPError:
                    pass
                lines = text.split(self.end)
                complete = text.rpartition(self.end * 2)[0].split(self.end) if self.whole else lines
                for line in complete:
                    cursor = line.removeprefix("id: ").strip() if line.startswith("id: ") else cursor
                    wait = int(line[7:]) / 1000 if re.fullmatch(r"retry: \d+", line) else wait
                await asyncio.sleep(wait if self.waits else 0.02)


FAULTS = {
    "forgets its cursor": (Poor(takes_ids=False), {each.name for each in SCRIPTS}),
    "knows no other line ends": (Poor(), {"crlf", "cr", "split"}),
    "takes an id at once": (Poor(whole=False), {"unfinished", "cr"}),
    "does not wait": (Poor(waits=False), {each.name for each in SCRIPTS} - {"unfinished", "reset"}),
}
"""What is wrong with a client, and by which names it is found."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", FAULTS)
async def test_what_a_client_does_wrong_is_named(what: str) -> None:
    client, names = FAULTS[what]
    report = await played(client)
    assert {each.name for each in report.of(Verdict.DEVIATES)} == names, report


async def test_a_client_that_stays_away_is_named_and_what_was_not_played_is_unchecked() -> None:
    async def once(url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False) as http:
            await http.get(f"{url}/v1/stream")

    report = await played(once, latest=0.1)
    assert [(each.name, each.what) for each in report.of(Verdict.DEVIATES)] == [
        ("comes-back", "it did not come back")
    ]
    assert len(report.of(Verdict.UNCHECKED)) == len(SCRIPTS) - 1


async def test_the_command_waits_for_a_client_and_prints_what_it_did() -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "conform", "--serve", "0", "--json", env=clean_environment(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    line = (await asyncio.wait_for(process.stderr.readline(), 40)).decode()
    found = re.search(r"http://\S+", line)
    assert found is not None
    parts = urlsplit(found[0])
    reading = asyncio.ensure_future(follow(f"{parts.scheme}://{parts.netloc}"))
    output, _ = await process.communicate()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    document = json.loads(output)
    assert (process.returncode, document["conforms"], document["subject"]) == (0, True, "client")
    assert [each["name"] for each in document["checks"]] == [each.name for each in SCRIPTS]


def test_the_docs_list_every_script_with_its_rule() -> None:
    text = (Path(__file__).parents[3] / "docs" / "conformance.md").read_text("utf-8")
    listed = re.findall(r"^\| `([a-z-]+)` \| (.*)\. \|$", text.partition("## A client")[2], re.MULTILINE)
    assert [(name, rule.lower()) for name, rule in listed] == [
        (each.name, each.rule.lower()) for each in SCRIPTS
    ]
