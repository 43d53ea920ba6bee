"""The command line itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, clean_environment, tickcast
from tests.cli.sse_server import serving
from tests.support.ports import free_port


def test_without_a_command_it_shows_the_three_to_begin_with() -> None:
    done = tickcast()
    assert done.returncode == 0
    assert re.search(r"tickcast up .*\n.*tickcast tail .*\n.*tickcast verify ", done.stdout)


def test_help_lists_every_command_the_bench_among_them() -> None:
    listed = re.findall(r"^  ([a-z]+) ", tickcast("--help").stdout.partition("Commands:")[2], re.MULTILINE)
    assert listed == [
        "up",
        "tail",
        "verify",
        "bench",
        "doctor",
        "conform",
        "gateway",
        "publisher",
        "delayer",
        "producers",
        "feeds",
        "symbols",
        "token",
    ]


@pytest.mark.parametrize("group", [(), ("feeds",), ("symbols",), ("token",)])
def test_what_a_command_does_is_said_to_the_end(group: tuple[str, ...]) -> None:
    listed = tickcast(*group, "-h").stdout.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tail", "--json"), "nothing listens at {}; is Tickcast running there? (tickcast up); trying again"),
        (("conform",), "is Tickcast running there? (tickcast up); nothing was checked"),
        (("verify", "--seconds", "86400"), "nothing listens at {}; is Tickcast running there? (tickcast up)"),
    ],
)
def test_where_nothing_runs_it_says_what_would(arguments: tuple[str, ...], said: str) -> None:
    place = f"127.0.0.1:{free_port()}"
    command = [*COMMAND, *arguments, *(() if arguments[0] == "conform" else ("--url",)), f"http://{place}"]
    process = subprocess.Popen(command, env=clean_environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process, process.stderr:
        assert process.stderr.readline().endswith(f"{said.format(place)}\n")
        process.terminate()


@pytest.mark.parametrize("command", ["tail", "verify", "conform"])
def test_what_is_no_tickcast_is_called_so(command: str) -> None:
    with serving(status=404, body=b"<!DOCTYPE HTML>") as server:
        option = () if command == "conform" else ("--url",)
        done = tickcast(command, *option, f"{server.url}/elsewhere")
    assert done.returncode in (1, 2)
    assert "it is no Tickcast that answers; name the address where its routes begin" in done.stderr


@pytest.mark.parametrize("command", [(), ("up",), ("verify",), ("bench",), ("token", "keygen"), ("feeds",)])
def test_h_is_help(command: tuple[str, ...]) -> None:
    short, long = tickcast(*command, "-h"), tickcast(*command, "--help")
    assert (short.returncode, short.stdout) == (0, long.stdout)
    assert "-h, --help" in short.stdout


def test_a_shell_completes_commands_and_their_options() -> None:
    assert "--install-completion" in tickcast("-h").stdout
    for typed, offered in (("tickcast ta", "tail"), ("tickcast verify --cl", "--clients")):
        words = {"COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
        done = subprocess.run(
            # The name of the program is that of the variable.
            [Path(sys.executable).with_name("tickcast")],
            env={**os.environ, "_TICKCAST_COMPLETE": "complete_bash", **words},
            capture_output=True,
            check=True,
            text=True,
        )
        assert done.stdout.split() == [offered]


def test_it_prints_its_version() -> None:
    assert re.fullmatch(r"tickcast \d+\.\d+\.\d+\n", tickcast("--version").stdout)


def test_help_loads_nothing_heavy() -> None:
    heavy = ("pydantic", "redis", "httpx2", "numpy", "uvicorn")
    code = f"import sys, tickcast.cli.main; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


@pytest.mark.parametrize("program", ["gateway", "publisher"])
def test_a_variable_that_will_not_do_is_named_in_one_line(program: str) -> None:
    done = tickcast(program, TICKCAST_PARTITIONS="many")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("tickcast: TICKCAST_PARTITIONS: 'many' will not do")


def test_a_flag_overrides_its_variable() -> None:
    done = tickcast(
        "publisher", "--source", "nothing", TICKCAST_SOURCE="simulated", REDIS_URL="redis://127.0.0.1:1"
    )
    assert done.returncode != 0
    assert "'nothing'" in done.stderr


def test_a_password_in_an_address_is_not_repeated() -> None:
    done = tickcast("gateway", REDIS_URL="http://user:secret@127.0.0.1")
    assert done.returncode == 2
    assert "secret" not in done.stderr
    assert "REDIS_URL" in done.stderr
