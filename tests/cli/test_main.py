"""The command line itself."""

import re
import subprocess
import sys

import pytest

from tests.cli.program import tickcast


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
        "gateway",
        "publisher",
        "producers",
        "feeds",
        "symbols",
    ]


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
