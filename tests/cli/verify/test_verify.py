"""`tickcast verify` against a real server whose faults are known."""

import asyncio
import json
import re
import signal

import httpx2
import pytest

from tests.cli.program import tickcast
from tests.cli.sse_server import serving
from tests.cli.tail.emulator import InTerminal
from tests.support.eventually import eventually, wait_until
from tests.support.stack import Stack, running_stack
from tickcast.cli.commands.verify import _seconds_for
from tickcast.cli.verify.report import Report, verify_streams
from tickcast.runtime.errors import UserError

SECONDS = "2"
"""So long that on a busy machine, too, every client has come by then and read the little there is."""


def tick(q: int) -> str:
    return f'{{"S":"AAPL","q":{q},"t":1,"p":1.5}}'


def stream(*events: tuple[str, str], retry: int = 60_000) -> bytes:
    lines = [f"retry: {retry}\n\n", 'event: hello\ndata: {"resumed":"live"}\n\n']
    lines += [f"event: {kind}\ndata: {data}\nid: c{number}\n\n" for number, (kind, data) in enumerate(events)]
    return "".join(lines).encode()


def ticks(*sequence: int) -> list[tuple[str, str]]:
    return [("tick", tick(q)) for q in sequence]


def verify(url: str, *more: str) -> tuple[int, dict[str, object]]:
    done = tickcast("verify", "--url", url, "--clients", "2", "--seconds", SECONDS, "--json", *more)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("events", "fault", "count"),
    [
        (ticks(1, 2, 4, 5), "lost", 1),
        (ticks(1, 2, 2, 3), "repeated", 1),
        (ticks(1, 3, 2, 4), "out_of_order", 1),
    ],
)
def test_a_fault_of_the_server_is_found_by_every_client(
    events: list[tuple[str, str]], fault: str, count: int
) -> None:
    with serving(stream(*events)) as server:
        code, report = verify(server.url)
    assert code == 1
    faults = {name: report[name] for name in ("lost", "repeated", "out_of_order", "malformed")}
    assert faults == {**dict.fromkeys(faults, 0), fault: 2 * count}


def test_a_whole_stream_passes() -> None:
    with serving(stream(("snapshot", f"[{tick(4)}]"), *ticks(5, 6, 7))) as server:
        code, report = verify(server.url)
    assert (code, report["ticks"], report["connected"]) == (0, 6, 2)


def test_an_announced_gap_is_not_loss() -> None:
    told = [*ticks(1, 2), ("gap", '{"reason":"slow"}'), ("snapshot", f"[{tick(9)}]"), *ticks(10)]
    with serving(stream(*told)) as server:
        code, report = verify(server.url)
    assert (code, report["lost"], report["gaps"], report["told"]) == (0, 0, {"slow": 2}, 12)


def test_a_client_comes_back_with_the_last_id_after_the_named_time() -> None:
    again = stream(*ticks(3)).replace(b"live", b"replayed")
    with serving(stream(*ticks(1, 2), retry=20), again) as server:
        code, report = verify(server.url, "--clients", "1")
        second = server.requests[1].headers
    assert (code, report["reconnects"]) == (0, 1)
    assert second["last-event-id"] == "c1"


def test_what_the_feed_holds_at_the_end_and_no_client_got_is_lost() -> None:
    with serving(stream(*ticks(5, 6, 7)), newest=tick(9)) as server:
        code, report = verify(server.url)
    assert (code, report["lost"]) == (1, 4)
    assert report["shortcomings"] == ["2 of 2 clients lacked the newest ticks at the end"]


def test_clients_that_have_the_newest_ticks_pass() -> None:
    with serving(stream(*ticks(5, 6, 7)), newest=tick(7)) as server:
        code, report = verify(server.url)
    assert (code, report["ok"], report["shortcomings"]) == (0, True, [])


def test_a_gateway_that_is_not_ready_at_the_end_is_asked_again() -> None:
    with serving(stream(*ticks(5, 6, 7)), newest=tick(9)) as server:
        server.unready = 2
        code, report = verify(server.url)
    assert (code, report["lost"]) == (1, 4)


def test_an_end_that_cannot_be_compared_is_not_ok() -> None:
    with serving(stream(*ticks(5, 6, 7)), newest=None) as server:
        code, report = verify(server.url)
    assert (code, report["ok"], report["lost"]) == (1, False, 0)
    assert "/v1/snapshot: HTTP 503" in str(report["shortcomings"])


def test_a_client_without_a_tick_while_others_have_some_is_not_ok() -> None:
    with serving(stream(*ticks(1, 2)), stream()) as server:
        code, report = verify(server.url, "--interval", "100")
    assert (code, report["lost"]) == (1, 0)
    assert report["shortcomings"] == ["1 of 2 clients got no tick while others did"]


def test_a_client_without_a_stream_is_not_ok() -> None:
    report = Report(clients=2, seconds=1.0, connected=1)
    assert not report.ok
    assert report.shortcomings == ["1 of 2 clients got no stream"]


def test_answers_that_would_have_ended_an_event_source_are_counted() -> None:
    with serving(status=503) as server:
        report = asyncio.run(verify_streams(server.url, clients=2, seconds=1))
    assert (report.ending, report.statuses, report.put_off) == (2, {503: 2}, 0)
    assert report.as_dict()["ending"] == 2


def test_a_client_that_is_put_off_is_no_served_client_and_comes_back() -> None:
    put_off = b": this gateway is full\nretry: 10\n\n"
    with serving(put_off, put_off, stream(*ticks(5)), newest=tick(5)) as server:
        report = asyncio.run(verify_streams(server.url, clients=1, seconds=3))
    assert (report.connected, report.put_off, report.ending, report.ok) == (1, 2, 0, True)
    with serving(put_off) as server:
        report = asyncio.run(verify_streams(server.url, clients=1, seconds=0.5))
    assert (report.connected, report.shortcomings) == (0, ["1 of 1 clients got no stream"])
    assert report.put_off > 1


async def total(http: httpx2.AsyncClient, stack: Stack, name: str) -> float:
    """Return a metric, summed over all gateways."""
    texts = [(await http.get(f"{gateway.url}/metrics")).text for gateway in stack.gateways.values()]
    return sum(map(float, re.findall(rf"^tickcast_gateway_{name} (.*)$", "\n".join(texts), re.MULTILINE)))


@pytest.mark.timeout(120)
async def test_gateways_that_freeze_are_not_ok() -> None:
    async with running_stack(gateways=2) as stack, httpx2.AsyncClient(timeout=60) as http:
        # While they run, the same check passes.
        assert (await verify_streams(stack.url, clients=4, seconds=4)).ok

        async def streams(count: int) -> bool:
            return await total(http, stack, "clients") == count

        await eventually(lambda: streams(0))
        sent = await total(http, stack, "ticks_out_total")
        checking = asyncio.create_task(verify_streams(stack.url, clients=4, seconds=12))
        await eventually(lambda: streams(4))

        async def have_ticks() -> bool:
            return await total(http, stack, "ticks_out_total") > sent

        await eventually(have_ticks)
        for gateway in stack.gateways.values():
            gateway.signal(signal.SIGSTOP)
        report = await checking
        for gateway in stack.gateways.values():
            gateway.signal(signal.SIGCONT)
    assert report.findings.ticks > 0
    assert not report.ok


def test_the_table_says_what_was_found() -> None:
    with serving(stream(*ticks(1, 3))) as server:
        done = tickcast("verify", "--url", server.url, "--clients", "1", "--seconds", SECONDS)
    assert done.returncode == 1
    assert "lost untold" in done.stdout


def bar(start: int, ticks: int, q: int, close: int = 1) -> tuple[str, str]:
    head = f'"S":"A","i":"1s","t":{start * 1_000_000}'
    return "bar", f'{{{head},"o":1,"h":1,"l":1,"c":{close},"n":{ticks},"q":{q}}}'


def timed(q: int, start: int) -> tuple[str, str]:
    return "tick", f'{{"S":"A","q":{q},"t":{start * 1_000_000},"p":1}}'


TWO_BARS = [timed(1, 5), timed(2, 5), timed(3, 6), bar(5, 2, 2), timed(4, 7), bar(6, 1, 3)]


def test_bars_are_asked_for_checked_and_shown() -> None:
    with serving(stream(*TWO_BARS)) as server:
        code, report = verify(server.url, "--bars", "1s")
        done = tickcast("verify", "--url", server.url, "--bars", "1s", "--clients", "1", "--seconds", SECONDS)
        assert server.requests[0].query_params["bars"] == "1s"
    assert (code, report["bars"]) == (0, {"seen": 4, "checked": 2, "partial": 0, "wrong": {}})
    assert "bars of 1s seen" in done.stdout


def test_a_wrong_bar_is_a_fault_of_the_server() -> None:
    events = [*TWO_BARS[:3], bar(5, 2, 2, close=9), *TWO_BARS[4:]]
    with serving(stream(*events)) as server:
        code, report = verify(server.url, "--bars", "1s")
    assert (code, report["bars"]["wrong"]) == (1, {"its close is wrong": 2})


def test_bars_that_do_not_come_are_not_ok() -> None:
    with serving(stream(*TWO_BARS[:3])) as server:
        code, report = verify(server.url, "--bars", "1s")
    assert code == 1
    assert "no bar could be checked" in str(report["shortcomings"])


@pytest.mark.parametrize(
    "arguments", [["--bars", "1h"], ["--bars", "1s", "--interval", "100"]], ids=["interval", "conflated"]
)
def test_bars_that_cannot_be_checked_are_refused(arguments: list[str]) -> None:
    done = tickcast("verify", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("tickcast: --bars: ")


def test_no_server_is_one_line_and_code_2() -> None:
    done = tickcast("verify", "--url", "http://127.0.0.1:1", "--seconds", "0.3")
    assert done.returncode == 2
    assert done.stderr.startswith("tickcast: no stream from http://127.0.0.1:1")
    assert done.stderr.count("\n") == 1


def test_a_stream_without_ticks_proves_nothing() -> None:
    with serving(stream()) as server:
        done = tickcast("verify", "--url", server.url, "--seconds", SECONDS)
    assert done.returncode == 2
    assert "no tick came" in done.stderr


def test_a_refusal_is_shown_with_its_detail() -> None:
    with serving(status=400, body=b'{"detail":"not a symbol: ?"}') as server:
        done = tickcast("verify", "--url", server.url, "--symbols", "?", "--seconds", "5")
    assert (done.returncode, done.stderr) == (2, f"tickcast: {server.url}: HTTP 400: not a symbol: ?\n")


@pytest.mark.parametrize(("bars", "seconds"), [("", 20.0), ("1s", 20.0), ("1m", 130.0), ("15m", 1810.0)])
def test_without_a_time_it_runs_until_a_whole_bar_has_come(bars: str, seconds: float) -> None:
    assert _seconds_for(bars) == seconds


def test_nobody_waits_two_days_for_a_bar_without_having_said_so() -> None:
    with pytest.raises(UserError, match="--bars 1d: say by --seconds how long"):
        _seconds_for("1d")


def test_a_terminal_shows_how_it_goes() -> None:
    with (
        serving(stream(*ticks(5, 6))) as server,
        InTerminal("verify", "--clients", "3", "--url", server.url) as terminal,
    ):
        wait_until(lambda: " of 20 s: 3 of 3 clients, " in terminal.screen.left)
