"""`tickcast up` as a user has it: real processes, from the first line to the last."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest
import redis

from tests.cli.program import tickcast
from tests.cli.running_up import Up, runs
from tests.support.eventually import wait_until
from tests.support.servers import PrivateValkey


@pytest.fixture
def up() -> Iterator[Up]:
    subject = Up("--symbols", "5", "--rate", "100")
    yield subject
    subject.close()


def test_it_streams_what_it_prints(up: Up) -> None:
    command = next(line for line in up.lines if "curl -N" in line)
    address = command.split("'")[1]
    with httpx2.stream("GET", address, timeout=60) as answer:
        lines = answer.iter_lines()
        assert any(line == "event: tick" for line in lines)
    assert len([line for line in up.lines if line.startswith("  gateway-")]) == 2
    printed = [re.match(r"  (\S+) +pid (\d+)", line) for line in up.lines]
    pids = {found[1]: int(found[2]) for found in printed if found}
    assert set(pids) == {"gateway-1", "gateway-2", "valkey", "publisher"}
    assert set(pids.values()) == {child.pid for child in up.children}


def test_the_symbols_that_it_prints_are_busy_ones() -> None:
    # The list of symbols begins with 6758.T, which ticks seldom.
    subject = Up("--rate", "1000", "--seed", "1")
    try:
        command = next(line for line in subject.lines if "curl -N" in line)
        named = set(command.split("symbols=")[1].rstrip("'").split(","))
        ticks = httpx2.get(f"{subject.page}/v1/snapshot", timeout=60).json()["ticks"]
        busiest = sorted(ticks, key=lambda tick: -int(tick["q"]))[:10]
        assert named <= {tick["S"] for tick in busiest}
    finally:
        subject.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_open_streams_in_time_and_leaves_nothing(
    up: Up, number: signal.Signals
) -> None:
    assert len(up.children) == 4
    with httpx2.stream("GET", f"{up.page}/v1/stream", timeout=60) as answer:
        next(answer.iter_lines())
        up.process.send_signal(number)
        # Of that, five seconds are what `up` promises, and the rest is for a busy machine.
        assert up.process.wait(timeout=20) == 0
    wait_until(up.all_gone)


def test_killed_itself_it_leaves_nothing(up: Up) -> None:
    up.end(signal.SIGKILL)
    wait_until(up.all_gone)


@pytest.mark.parametrize("name", ["gateway-2", "valkey", "publisher"])
def test_a_killed_child_is_reported_and_started_again(up: Up, name: str) -> None:
    words = {"gateway-2": "--gateway-id=gateway-2", "valkey": "valkey-server", "publisher": "main publisher"}
    up.child(words[name]).kill()
    assert up.line_with("died") == f"{name} died (killed by SIGKILL); starting it again"
    wait_until(lambda: len(psutil.Process(up.process.pid).children()) == 4)
    wait_until(lambda: new_ticks_come(up))


def new_ticks_come(up: Up) -> bool:
    # A gateway without Redis refuses new streams for a moment, and one that dies breaks off its own.
    try:
        with httpx2.stream("GET", f"{up.page}/v1/stream?snapshot=false", timeout=60) as answer:
            return any(line == "event: tick" for line in answer.iter_lines())
    except httpx2.TransportError:
        return False


def test_rights_that_redis_takes_away_for_a_while_end_nothing(private_valkey: PrivateValkey) -> None:
    subject = Up("--symbols", "5", "--rate", "100", "--redis-url", private_valkey.url)
    try:
        wait_until(lambda: new_ticks_come(subject))
        with redis.Redis.from_url(private_valkey.url) as admin:
            admin.execute_command("ACL", "SETUSER", "default", "-evalsha", "-eval")
            assert "+eval" in subject.line_with("Redis denies a right")
            admin.execute_command("ACL", "SETUSER", "default", "+evalsha", "+eval")
        wait_until(lambda: new_ticks_come(subject))
        assert subject.process.poll() is None
        assert all(runs(child) for child in subject.children)
    finally:
        subject.close()


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = tickcast("up", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"tickcast: 127.0.0.1:{port} is taken")
    assert_one_line(done)


def test_the_port_of_another_up_is_taken(up: Up) -> None:
    done = tickcast("up", "--port", up.page.rpartition(":")[2])
    assert done.returncode == 1
    assert "is taken" in done.stderr
    assert_one_line(done)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--redis-url", "redis://127.0.0.1:1"], "no connection to Redis"),
        (["--redis-url", "http://127.0.0.1"], "redis://"),
        (
            ["--source", "nothing"],
            "no source is called 'nothing'; there are: binance, coinbase, inbox, kafka, kraken, nats, "
            "replay, simulated, stdin",
        ),
        (["--source", "replay"], "--file"),
        (["--source", "replay", "--file", "missing.jsonl"], "missing.jsonl: No such file"),
        (["--source", "replay", "--file", "."], "is a folder; a recording is a file"),
        (["--symbols", "20000"], "symbols: 20000 is not in 1 to"),
        (["--rate", "-1"], "--rate"),
        (["--host", "192.0.2.1"], "no address of this machine"),
    ],
)
def test_what_cannot_work_is_one_line_that_says_what_to_do(arguments: list[str], words: str) -> None:
    done = tickcast("up", "--port", "0", *arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert_one_line(done)


def test_the_last_words_of_a_child_are_shown_without_its_name(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    done = tickcast("up", "--port", "0", "--source", "replay", "--file", str(empty))
    assert done.returncode == 1
    assert f"publisher does not stay up (exit code 2): {empty}: holds no tick" in done.stderr


def assert_one_line(done: subprocess.CompletedProcess[str]) -> None:
    assert done.stdout == ""
    assert done.stderr.startswith("tickcast: ")
    assert done.stderr.count(os.linesep) == 1


def test_it_uses_a_redis_that_is_named(valkey_url: str) -> None:
    subject = Up("--redis-url", valkey_url)
    try:
        assert len(subject.children) == 3
    finally:
        assert subject.end(signal.SIGTERM) == 0
        assert subject.process.stdout is not None
        subject.process.stdout.close()


def test_the_operators_page_is_where_it_says() -> None:
    subject = Up("--debug")
    try:
        address = next(line for line in subject.lines if line.startswith("  gateway-1")).split()[-1]
        assert address.endswith("/debug")
        assert "Tickcast gateways" in httpx2.get(address, timeout=60).text
        report = httpx2.get(address.replace("/debug", "/v1/debug"), timeout=60).json()
        assert report["gateway"] == "gateway-1"
    finally:
        assert subject.end(signal.SIGTERM) == 0
        assert subject.process.stdout is not None
        subject.process.stdout.close()
