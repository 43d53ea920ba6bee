"""Commands and programs of the docs that want a running Tickcast, beside the `make up` of README.md."""

import json
import re
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.docs.clone import Clone
from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.snippets import block

LINE = '{"S":"HEADS","t":1795384800123456,"p":2}'


def test_conform_finds_that_the_gateways_keep_to_the_protocol(up: Path, clone: Clone) -> None:
    first, *_ = block(
        "docs/conformance.md", "Whether a server or a client keeps to the protocol: `tickcast conform`", 0
    ).splitlines()
    command, _, comment = first.partition("#")
    checked = clone.run(f"{command} --only hello-first --only patch")
    assert (checked.returncode, "2 kept, 0 deviate" in checked.stdout) == (0, True), checked.stdout
    assert comment.strip() == "http://127.0.0.1:8080"


def test_a_list_in_the_body_opens_a_stream(up: Path, clone: Clone) -> None:
    with clone.running(block("docs/protocol.md", "Parameters")) as curl:
        printed = curl.until("event: snapshot", "\nid: ")
    hello, snapshot = re.findall(r"^event: (?:hello|snapshot)\ndata: (.*)$", printed, re.MULTILINE)
    assert json.loads(hello)["interval"] == 250
    assert {each["S"] for each in json.loads(snapshot)} > {"AAPL"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (block("docs/python.md", "Follow prices", 0), ["AAPL ", "MSFT ", "\nB"]),
        (block("docs/python.md", "Follow prices", 1), ["AAPL ", "MSFT "]),
        (block("docs/python.md", "As a table", 0), ["symbol\nAAPL ", "\nMSFT ", "dtype: int64"]),
    ],
    ids=["follow", "follow_blocking", "table"],
)
def test_a_program_in_python_prints_what_comes(code: str, words: list[str], up: Path, clone: Clone) -> None:
    (clone.folder / "program.py").write_text(clone.here(code), "utf-8")
    with clone.running("python -u program.py") as program:
        program.until(*words)


def test_an_operator_lists_describes_and_retires_symbols(up: Path, clone: Clone, redis: str) -> None:
    listing, describe, retire = block("docs/operating.md", "Symbols that leave").splitlines()

    def listed() -> dict[str, dict[str, object]]:
        lines = clone.run(listing, REDIS_URL=redis).stdout.splitlines()
        return {each["S"]: each for each in map(json.loads, lines)}

    assert {"AAPL", "MSFT"} <= listed().keys()
    assert clone.run(describe, REDIS_URL=redis).returncode == 0
    described = listed()["AAPL"]
    assert (described["name"], described["ref"], described["ccy"]) == ("Apple", 188.2, "USD")
    retired = clone.run(retire, REDIS_URL=redis)
    assert retired.returncode == 0, retired.stdout


def test_one_redis_holds_many_feeds(up: Path, clone: Clone, redis: str) -> None:
    stocks, odds, gateway, feeds, remove = block("docs/operating.md", "Many feeds").splitlines()
    port = free_port()
    variables = {"REDIS_URL": redis, "TICKCAST_PRIVATE_PORT": str(free_port())}
    with ExitStack() as running, httpx2.Client(trust_env=False, timeout=60) as web:
        publishers = [
            running.enter_context(clone.running(command, **variables))
            for command in (stocks, f"(echo '{LINE}'; exec sleep 600) | {odds}")
        ]
        served = running.enter_context(clone.running(gateway.replace("8081", str(port)), **variables))

        def shows() -> bool:
            try:
                answer = web.get(f"http://127.0.0.1:{port}/v1/snapshot")
            except httpx2.TransportError:
                return False
            return answer.is_success and [each["S"] for each in answer.json()["ticks"]] == ["HEADS"]

        wait_until(shows)
        wait_until(lambda: "stocks" in clone.run(feeds, REDIS_URL=redis).stdout)
        listed = clone.run(feeds, REDIS_URL=redis)
        assert all(name in listed.stdout for name in ("main", "odds", "stocks"))
        publishers[1].interrupt()
        # A gateway that serves the feed would say so in Redis again.
        served.interrupt()
        removed = clone.run(remove, "y\n", REDIS_URL=redis)
        assert removed.returncode == 0, removed.stdout
        left = clone.run(feeds, REDIS_URL=redis).stdout
        assert "stocks" in left
        assert "odds" not in left


def test_a_page_of_a_listed_origin_may_read(up: Path, clone: Clone, redis: str) -> None:
    port = free_port()
    command = block("docs/access.md", "Pages of other origins")
    variables = {"REDIS_URL": redis, "TICKCAST_PORT": str(port)}
    with clone.running(command, **variables) as gateway, httpx2.Client(trust_env=False, timeout=60) as web:
        gateway.until("feed is live")
        asked = [
            web.get(f"http://127.0.0.1:{port}/v1/snapshot?symbols=MSFT", headers={"origin": origin})
            for origin in ("https://desk.example", "http://localhost:3000", "https://stranger.example")
        ]
    assert [each.status_code for each in asked] == [200, 200, 403]


def test_a_delayer_writes_a_feed_that_gateways_serve(up: Path, clone: Clone, redis: str) -> None:
    delayer, public, both = block("docs/delay.md", "Delayed prices").splitlines()
    assert clone.run("tickcast token keygen --out key").returncode == 0
    port, other = free_port(), free_port()
    variables = {"REDIS_URL": redis, "TICKCAST_PORT": str(other)}
    with ExitStack() as running, httpx2.Client(trust_env=False, timeout=60) as web:
        running.enter_context(clone.running(delayer, **variables)).until("into=main-d15", "leading")
        running.enter_context(clone.running(public.replace("8090", str(port)), **variables)).until("starting")
        running.enter_context(clone.running(both, **variables)).until("feed is live")
        # For a quarter of an hour there is no price.
        wait_until(lambda: "main-d15" in clone.run("tickcast feeds", **variables).stdout)
        assert web.get(f"http://127.0.0.1:{other}/v1/snapshot").status_code == 401
