"""README.md, from `make up` on: its commands run in order in a clone, as they are written."""

import json
import re
from pathlib import Path

import httpx2

from tests.cli.running_up import runs
from tests.docs.clone import Clone
from tests.support.eventually import wait_until
from tests.support.ports import free_port
from tests.support.snippets import block

SHOWN = block("README.md", "See it run", 2)


def members(stream: str) -> dict[str, set[str]]:
    """Return the members of the first data of each event, by event."""
    found: dict[str, set[str]] = {}
    for name, data in re.findall(r"^event: (\w+)\ndata: (.*)$", stream, re.MULTILINE):
        found.setdefault(name, set(re.findall(r'"(\w+)":', data)))
    return found


def test_curl_shows_what_the_page_shows(up: Path, clone: Clone) -> None:
    with clone.running(block("README.md", "See it run", 1)) as curl:
        printed = curl.until("event: tick", "\nid: ")
    shown, came = members(SHOWN), members(printed)
    assert [*shown] == [*came][: len(shown)]
    assert [name for name in shown if not shown[name] <= came[name]] == []


def test_the_ways_to_prove_it(up: Path, clone: Clone) -> None:
    tail, clients, bars = block("README.md", "Prove it", 0).splitlines()
    doctor, _ = block("README.md", "Prove it", 1).splitlines()
    # The doctor waits most of the time.
    with clone.running(doctor) as looking:
        with clone.running(tail) as running:
            running.until('"S":"AAPL"', '"S":"MSFT"')
        checked = clone.run(clients.replace("--clients 50", "--clients 50 --seconds 3"))
        assert (checked.returncode, "50" in checked.stdout) == (0, True), checked.stdout
        checked = clone.run(bars.replace("--bars 1s", "--bars 1s --clients 5 --seconds 4"))
        assert checked.returncode == 0, checked.stdout
        assert looking.process.wait(60) == 0


def test_the_program_in_python_follows(up: Path, clone: Clone) -> None:
    (clone.folder / "follow.py").write_text(clone.here(block("README.md", "Use it from Python")), "utf-8")
    with clone.running("python -u follow.py") as program:
        program.until("Tick(symbol='AAPL'", "Tick(symbol='MSFT'")


def test_make_up_takes_options_and_ctrl_c_stops_everything(clone: Clone) -> None:
    many, replayed = block("README.md", "See it run", 4).splitlines()
    port, other = free_port(), free_port()
    many, replayed = (
        many.replace("9000", str(port)),
        replayed.replace('ARGS="', f'ARGS="--port {other} --gateways 1 '),
    )
    with clone.running(many) as up, clone.running(replayed) as replay:
        printed = up.until("Ctrl-C stops everything")
        replay.until("Ctrl-C stops everything")
        assert len(re.findall(r"^ +gateway-\d ", printed, re.MULTILINE)) == 4
        with httpx2.Client(trust_env=False, timeout=60) as web:
            assert len(web.get(f"http://127.0.0.1:{port}/v1/symbols").json()) == 500
            (first, *_) = web.get(f"http://127.0.0.1:{other}/v1/symbols").json()
        assert first["src"] == "rec"
        children = [*up.children(), *replay.children()]
        up.interrupt()
        replay.interrupt()
        assert len(children) > 10
        wait_until(lambda: not any(map(runs, children)))


def test_a_program_that_prints_lines_is_a_feed(clone: Clone) -> None:
    line = block("README.md", "Bring your own prices", 1)
    feed = clone.folder / ".venv" / "bin" / "my-feed"
    feed.write_text(f"#!/bin/sh\ncat <<'END'\n{line}END\nexec sleep 600\n", "utf-8")
    feed.chmod(0o755)
    port = free_port()
    command = f"{block('README.md', 'Bring your own prices', 0).rstrip()} --port {port} --gateways 1"
    with clone.running(command) as up, httpx2.Client(trust_env=False, timeout=60) as web:
        up.until("Ctrl-C stops everything")
        wait_until(lambda: web.get(f"http://127.0.0.1:{port}/v1/snapshot").json()["ticks"])
        (tick,) = web.get(f"http://127.0.0.1:{port}/v1/snapshot").json()["ticks"]
    assert json.loads(line).items() <= tick.items()


def test_make_test_is_what_ci_runs(clone: Clone) -> None:
    planned = clone.run(f"{block('README.md', 'Test it').rstrip()} --dry-run")
    assert planned.returncode == 0
    assert "-m pytest" in planned.stdout
