"""The parts of which the referee makes worlds: clocks, lines that lead elsewhere, gauges, results."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.referee.clock import Clock
from tests.faults.referee.gauges import Gauges, over
from tests.faults.referee.ledger import RUBBISH, Ledger
from tests.faults.referee.processes import Process
from tests.faults.referee.proxy import Line
from tests.faults.referee.results import Result, parse, table, total
from tests.support.ports import free_port


def test_a_clock_that_is_set_reads_in_seconds_with_a_sign(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    assert clock.file.read_text("ascii") == "+0\n"
    clock.set(-3600)
    assert clock.file.read_text("ascii") == "-3600\n"
    assert [*tmp_path.iterdir()] == [clock.file]


def test_a_program_with_a_wrong_clock_takes_the_time_of_the_file(tmp_path: Path) -> None:
    clock = Clock(tmp_path / "clock")
    clock.set(-3600)
    script = Path(__file__).parent / "referee/wrong_clock.py"
    # The command line that is run in place of Tickcast's own.
    package = tmp_path / "tickcast/cli"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").write_text("")
    (package / "main.py").write_text("import sys, time; print(time.time_ns(), time.time(), sys.argv[1:])")
    code = f"import runpy, sys; sys.path.insert(1, {str(tmp_path)!r}); sys.argv[0] = {str(script)!r}; "
    code += f"sys.path.insert(0, 'gone'); runpy.run_path({str(script)!r}, run_name='__main__')"
    command = [sys.executable, "-c", code, str(clock.file), "publisher"]
    before = float(subprocess.run(["date", "+%s"], capture_output=True, check=True).stdout)
    ns, seconds, arguments = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split(
        " ", 2
    )
    assert arguments.strip() == "['publisher']"
    for value in (int(ns) / 1e9, float(seconds)):
        assert -3601 < value - before < -3500


async def test_a_line_leads_new_connections_elsewhere_and_keeps_the_old_ones() -> None:
    async def serve(name: bytes) -> tuple[asyncio.Server, int]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while await reader.read(100):
                    writer.write(name)
            except ConnectionError:
                pass
            finally:
                writer.close()

        port = free_port()
        return await asyncio.start_server(answer, "127.0.0.1", port), port

    (first, one), (second, two) = await serve(b"one"), await serve(b"two")
    line = Line(one, free_port())
    await line.open()
    old_reader, old_writer = await asyncio.open_connection("127.0.0.1", line.port)
    old_writer.write(b"?")
    assert await old_reader.read(100) == b"one"
    line.target = two
    new_reader, new_writer = await asyncio.open_connection("127.0.0.1", line.port)
    for writer, reader, name in ((new_writer, new_reader, b"two"), (old_writer, old_reader, b"one")):
        writer.write(b"?")
        assert await reader.read(100) == name
        writer.transport.abort()
    await line.close()
    first.close()
    second.close()


async def test_a_program_that_ends_by_itself_is_noticed_once_and_one_that_was_ended_never(
    tmp_path: Path,
) -> None:
    process = Process("it", [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
    process.start()
    await process.ended()
    assert process.ended_itself() == "ended by itself with code 3"
    assert process.ended_itself() == ""
    sleeper = Process("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log")
    sleeper.start()
    await sleeper.end()
    assert sleeper.ended_itself() == ""
    assert len(sleeper.pids) == 1


def test_the_ledger_takes_nothing_that_a_fault_has_written() -> None:
    ledger = Ledger()
    ledger.add(0, b"2 e 5-0 4-0 1 1 0 0\nF0\t{%b}\n" % RUBBISH, 1)
    ledger.close()
    assert (ledger.accepted, ledger.wrong, ledger.signs) == (0, [], [])


def test_a_batch_that_is_read_once_more_is_no_sign_of_life() -> None:
    ledger, raw = Ledger(), b'2 e 5-0 4-0 1 1 0 0\nA\t{"S":"A","q":1,"t":1,"p":1}\n'
    heartbeat = b"2 e 5-0 5-0 1 0 0 0\n"
    for raw_, at in ((raw, 1), (raw, 2), (heartbeat, 3)):
        ledger.add(0, raw_, at)
    ledger.close()
    assert (ledger.signs, ledger.accepted) == ([1, 3], 1)


def test_what_a_gateway_holds_beyond_a_bound_is_named() -> None:
    bound = Gauges(10, 10, 50, 8, 1000)
    assert over(bound, bound) == ""
    assert over(Gauges(11, 10, 50, 8, 2000), bound) == "streams 11 of 10, memory 2,000 of 1,000"


def test_results_add_up_over_files() -> None:
    first = Result("seed 1", 1, 0, 10, 9, 90, 3, 0, 0, 5, 1.5, {"feed": 2}, {})
    second = Result("seed 2", 1, 1, 10, 10, 80, 0, 1, 0, 5, 0.5, {"feed": 1, "slow": 1}, {"lost": 1})
    assert [parse(each.line()) for each in (first, second)] == [first, second]
    whole = total([first, second])
    assert (whole.runs, whole.bad, whole.accepted, whole.lost, whole.stale) == (2, 1, 19, 1, 1.5)
    assert (whole.gaps, whole.faults) == ({"feed": 3, "slow": 1}, {"lost": 1})
    assert table([first, second]).splitlines()[-1] == (
        "| all 2, 1 bad | 19 | 170 | 3 | 1 | 0 | 1.50 | lost 1 |"
    )


def test_a_line_that_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError):
        parse('{"name":"x","unknown":1}')


def test_a_batch_that_two_servers_of_one_epoch_took_counts_once() -> None:
    ledger = Ledger()
    for own in ("5-0", "9-0"):
        ledger.add(0, b'2 e %b 4-0 1 1 0 0\nA\t{"S":"A","q":1,"t":1,"p":1}\n' % own.encode(), 1)
    ledger.add(0, b'2 e 6-0 5-0 1 1 0 0\nA\t{"S":"A","q":2,"t":2,"p":1}\n', 2)
    ledger.close()
    assert (ledger.accepted, ledger.wrong) == (2, [])
