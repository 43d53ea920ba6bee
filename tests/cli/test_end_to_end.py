"""Everything together, from a source to checking clients, as the README has it."""

import gzip
import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx2
import psutil
import pytest

from tests.cli.program import COMMAND, clean_environment
from tests.cli.running_up import Up
from tests.support.recordings import recording

Start = Callable[..., Up]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Up] = []

    def begin(*arguments: str, stdin: int | IO[bytes] = subprocess.DEVNULL) -> Up:
        running.append(Up(*arguments, stdin=stdin))
        return running[-1]

    yield begin
    for each in running:
        each.close()


def recorded(capture: Path) -> dict[str, list[dict[str, str]]]:
    """Return what a capture holds of each symbol, in order, in the names of our ticks."""
    found = defaultdict(list)
    with gzip.open(capture, "rt") as lines:
        for line in lines:
            if (match := re.match(r"[0-9.]+: (.*)", line)) is None:
                continue
            data = json.loads(match[1]).get("data", {})
            if data.get("e") == "bookTicker":
                quote = {"bp": data["b"], "bs": data["B"], "ap": data["a"], "as": data["A"]}
                found[data["s"]].append(quote)
            elif data.get("e") == "aggTrade":
                found[data["s"]].append({"p": data["p"], "s": data["q"]})
    return found


def ticks_of(url: str, count: int) -> Iterator[Any]:
    """Yield the first ticks of a stream, numbers as the text that they were sent as."""
    with httpx2.Client(timeout=60) as client, client.sse(f"{url}/v1/stream") as source:
        for event in source:
            if event.event == "tick":
                yield json.loads(event.data, parse_float=str, parse_int=str)
                count -= 1
                if count == 0:
                    return


def test_a_replayed_recording_is_streamed_digit_for_digit(start: Start) -> None:
    capture = recording("binance_delivery_2021-07-22.capture.gz")
    held = recorded(capture)
    up = start("--source", "replay", "--file", str(capture), "--speed", "10", "--loop")

    seen = set()
    for tick in ticks_of(up.page, 3000):
        line = held[tick["S"]]
        # q counts the ticks of a symbol from 1, pass after pass through the recording.
        expected = line[(int(tick["q"]) - 1) % len(line)]
        assert {name: tick[name] for name in expected} == expected
        seen.add(tick["S"])

    assert seen == set(held)


def test_any_program_that_prints_prices_is_a_feed(start: Start) -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as prices, open(writing, "w") as feed:
        print('{"S":"AAPL","t":1795384800123456,"p":189.30}', file=feed, flush=True)
        up = start("--source", "stdin", stdin=prices)
        with httpx2.Client(timeout=60) as client, client.sse(f"{up.page}/v1/stream") as source:
            events = (event for event in source if event.event in ("snapshot", "tick"))
            assert next(events).event == "snapshot"
            print("no tick at all", file=feed)
            print('{"S":"AAPL","t":1795384800123457,"p":189.340}', file=feed, flush=True)
            ticks = (event.data for event in events if '"p":189.340' in event.data)
            assert json.loads(next(ticks))["S"] == "AAPL"
        assert "line=2" in up.line_with("malformed line skipped")


def verify(up: Up, *arguments: str) -> subprocess.Popen[str]:
    command = [*COMMAND, "verify", "--url", up.page, "--interval", "0", "--json", *arguments]
    return subprocess.Popen(command, env=clean_environment(), stdout=subprocess.PIPE, text=True)


@pytest.mark.alone
@pytest.mark.timeout(240)
def test_fifty_clients_miss_nothing_of_a_thousand_ticks_a_second(start: Start) -> None:
    up = start("--rate", "1000")

    found = json.loads(verify(up, "--clients", "50", "--seconds", "10").communicate(timeout=120)[0])

    assert (found["lost"], found["repeated"], found["out_of_order"], found["reconnects"]) == (0, 0, 0, 0)
    assert found["gaps"] == {}
    assert found["ticks"] > 50 * 10 * 500


@pytest.mark.alone
@pytest.mark.timeout(240)
def test_nor_when_a_gateway_is_killed_and_started_again(start: Start) -> None:
    up = start("--rate", "1000")
    checking = verify(up, "--clients", "50", "--seconds", "20")
    # Its log may stand there, too.
    private = next(line.split()[-1] for line in up.lines if "gateway-2" in line and "http://" in line)

    def clients() -> int:
        text = httpx2.get(f"{private}/metrics", timeout=60).text
        return int(float(re.findall(r"^tickcast_gateway_clients (.*)$", text, re.MULTILINE)[0]))

    while clients() == 0:
        assert checking.poll() is None
    up.child("--gateway-id=gateway-2").kill()
    assert up.line_with("died").endswith("starting it again")
    found = json.loads(checking.communicate(timeout=120)[0])

    assert (found["lost"], found["repeated"], found["out_of_order"]) == (0, 0, 0)
    assert found["reconnects"] > 0
    assert found["ticks"] > 50 * 20 * 500


@pytest.mark.alone
@pytest.mark.timeout(240)
def test_bars_are_true_to_their_ticks_when_the_publisher_is_killed_and_a_standby_leads(start: Start) -> None:
    up = start("--rate", "1000")
    leader = up.child(" publisher ")
    command = [*leader.cmdline(), "--log-level", "info"]
    with subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True) as standby:
        try:
            assert standby.stderr is not None
            says = iter(standby.stderr)
            assert any("standing by" in line for line in says)
            checking = verify(up, "--clients", "10", "--seconds", "20", "--bars", "1s")
            ticks = ticks_of(up.page, 3000)
            assert sum(1 for _ in ticks) == 3000
            # While it sleeps, up starts no other publisher that the standby would have to outrun.
            psutil.Process(up.process.pid).suspend()
            leader.kill()
            assert any("leading" in line for line in says)
            found = json.loads(checking.communicate(timeout=120)[0])
        finally:
            psutil.Process(up.process.pid).resume()
            standby.kill()

    assert found["ok"], found
    assert found["bars"]["wrong"] == {}
    assert found["bars"]["checked"] > 10 * 50 * 5
    # Of each symbol only the bar in which a client came is not whole, and the one that hello brought.
    assert found["bars"]["partial"] <= 2 * 10 * 50
