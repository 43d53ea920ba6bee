"""`tickcast tail` against a real server."""

import asyncio
import signal
import subprocess
from contextlib import suppress

import pytest

from tests.cli.program import COMMAND, clean_environment, tickcast
from tests.cli.sse_server import serving
from tests.support.scripted_gateway import HANG, hello, scripted_gateway, snapshot, stream

FIRST = '{"S":"A","q":1,"t":1,"p":1.50}'
SECOND = '{"S":"B","q":7,"t":1,"p":0.10,"v":1e3}'
THIRD = '{"S":"A","q":2,"t":2,"p":1.40}'
HELLO = 'event: hello\ndata: {"gateway":"g","resumed":"live"}\n\n'
STREAM = (
    f"retry: 20\n\n{HELLO}id: c1\nevent: snapshot\ndata: [{FIRST},{SECOND}]\n\n"
    f"event: tick\ndata: {THIRD}\nid: c2\n\n"
).encode()


def test_json_is_printed_byte_for_byte_one_tick_a_line() -> None:
    with serving(STREAM) as server:
        done = tickcast("tail", "--url", server.url, "--json", "--count", "3")
    assert done.stdout == f"{FIRST}\n{SECOND}\n{THIRD}\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_bars_are_printed_instead_of_ticks_where_they_are_asked_for() -> None:
    bar = '{"S":"A","i":"1m","t":60000000,"o":1.50,"h":1.50,"l":1.40,"c":1.40,"n":2,"q":2}'
    with serving(STREAM + f"event: bar\ndata: {bar}\n\n".encode()) as server:
        done = tickcast("tail", "A", "--url", server.url, "--bars", "1m", "--count", "1")
        assert server.requests[0].query_params["bars"] == "1m"
    assert done.stdout == f"{bar}\n"


def test_a_count_stops_inside_a_snapshot() -> None:
    with serving(STREAM) as server:
        done = tickcast("tail", "--url", server.url, "--json", "--count", "1")
    assert done.stdout == f"{FIRST}\n"


def test_it_comes_back_with_the_last_id_and_says_why() -> None:
    again = f"{HELLO}event: tick\ndata: {THIRD}\n\n".encode()
    with serving(STREAM, again) as server:
        done = tickcast("tail", "a", "b*", "--url", server.url, "--json", "--count", "4")
        first, second = server.requests[:2]
    assert done.stdout.endswith(f"{THIRD}\n{THIRD}\n")
    assert first.query_params["symbols"] == "a,b*"
    assert "last-event-id" not in first.headers
    assert second.headers["last-event-id"] == "c2"
    assert done.stderr == "tickcast: the server closed the stream; trying again\n"


def test_a_loss_is_told_beside_the_lines_also_that_q_begins_again() -> None:
    begun = HELLO.replace("}", ',"epoch":"0a0a0a0a0a0a"}')
    gap = 'event: gap\ndata: {"reason":"feed","epoch":"0b0b0b0b0b0b"}\n\n'
    script = f"retry: 20\n\n{begun}event: tick\ndata: {SECOND}\n\n{gap}event: tick\ndata: {FIRST}\n\n"
    with serving(script.encode()) as server:
        done = tickcast("tail", "--url", server.url, "--json", "--count", "2")
    assert done.stdout == f"{SECOND}\n{FIRST}\n"
    said = "tickcast: ticks are missing: feed; the feed has started over, and q begins again\n"
    assert done.stderr == said


def test_an_id_outlives_a_connection_that_sent_none() -> None:
    with serving(STREAM, HELLO.encode(), STREAM) as server:
        tickcast("tail", "--url", server.url, "--json", "--count", "6")
        assert server.requests[2].headers["last-event-id"] == "c2"


async def test_a_symbol_without_a_value_is_named_beside_the_lines() -> None:
    feed = stream(hello() + snapshot("c1", FIRST), HANG)
    async with scripted_gateway(feed) as gateway:
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "tail", "a", "nope", "--url", gateway.url,
            env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert await process.stdout.readline() == f"{FIRST}\n".encode()
            said = "tickcast: no such symbol in this feed, or none with a price: nope; "
            said += f"{gateway.url}/v1/symbols lists them\n"
            assert await process.stderr.readline() == said.encode()
            process.send_signal(signal.SIGINT)
            assert (await process.wait(), await process.stderr.read()) == (0, b"")
        finally:
            # The gateway waits for the end of its stream.
            with suppress(ProcessLookupError):
                process.kill()


def test_a_closed_pipe_ends_it_quietly() -> None:
    with serving(STREAM) as server:
        process = subprocess.Popen(
            [*COMMAND, "tail", "--url", server.url, "--json"],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdout, process.stderr:
            assert process.stdout.readline() == f"{FIRST}\n".encode()
            process.stdout.close()
            assert process.wait(timeout=60) == 0
            assert b"Error" not in process.stderr.read()


def test_a_refusal_is_one_line() -> None:
    with serving(status=400, body=b'{"detail":"not a symbol: ?"}') as server:
        done = tickcast("tail", "?", "--url", server.url, "--json")
    assert (done.returncode, done.stderr) == (1, f"tickcast: {server.url}: HTTP 400: not a symbol: ?\n")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://", "http://127.0.0.1:99999"])
def test_an_address_that_can_never_work_is_one_line(url: str) -> None:
    done = tickcast("tail", "--url", url, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("tickcast: --url: ")
    assert done.stderr.count("\n") == 1
