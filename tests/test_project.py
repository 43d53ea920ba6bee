"""What the files around the code promise."""

import dataclasses
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from tests.conftest import PHASES
from tests.support.missing import missing
from tests.support.tools import PACKAGES, need
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceOptions

ROOT = Path(__file__).parent.parent
LOCKS = sorted(path.name for path in (ROOT / "requirements").glob("*.lock"))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_by_hash_and_names_no_server(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert entries
    assert [e for e in entries if not re.match(r"[\w.-]+==\S+", e) or "--hash=sha256:" not in e] == []


def test_only_the_lock_of_foreign_clients_holds_a_package_that_nobody_maintains() -> None:
    unmaintained = re.compile(r"^(httpx|httpx-sse|httpcore)==", re.MULTILINE)
    holding = [
        name for name in LOCKS if unmaintained.search((ROOT / "requirements" / name).read_text("utf-8"))
    ]
    assert holding == ["works-with.lock"]


@pytest.mark.parametrize("folder", ["web", "tests/web", "tests/clients/node", "tests/proxies"])
def test_a_lock_of_npm_pins_every_package_by_hash_and_names_no_server(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text("utf-8")
    assert "://" not in text
    own, *packages = json.loads(text)["packages"].values()
    wanted = {**own.get("dependencies", {}), **own.get("devDependencies", {})}
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert packages
    assert [package for package in packages if not package["integrity"].startswith("sha512-")] == []


def test_the_version_is_the_newest_of_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    newest = re.search(r"^## (\S+) - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


@pytest.mark.parametrize("command", ["make up", "make test"])
def test_the_readme_shows(command: str) -> None:
    assert re.search(rf"^{command}$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("settings", [GatewaySettings, PublisherSettings])
def test_every_setting_is_in_the_manual(settings: type[BaseSettings]) -> None:
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    table = text.partition(f"## {settings.__name__.removesuffix('Settings')}\n")[2].partition("\n## ")[0]
    # The options of sources have a page of their own.
    options = {field.name for field in dataclasses.fields(SourceOptions)}
    names = sorted(settings.model_fields.keys() - options)
    assert [name for name in names if f"`TICKCAST_{name.upper()}`" not in table] == []


NEWCOMER = ROOT / "tests" / "newcomer.sh"


def planned(goal: str) -> str:
    """Return the commands of a goal of the Makefile."""
    command = [need("make"), "-n", goal]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout


def test_ci_lints_once_runs_every_test_once_and_then_those_of_a_newcomer() -> None:
    steps = (ROOT / ".ci" / "run").read_text("utf-8")
    goals = re.findall(r"make .*?PYTHON=python3 (\S+)", steps)
    assert goals == ["install-dev", "test", "newcomer"]
    plan = "".join(map(planned, goals))
    assert (plan.count("bin/mypy"), plan.count("-m pytest"), plan.count(NEWCOMER.name)) == (1, 1, 1)
    assert f"for phase in {' '.join(PHASES)};" in plan
    assert "--phase=$phase" in plan


def test_a_newcomer_has_neither_ci_nor_docker_nor_more_than_a_bare_path_in_every_phase() -> None:
    steps = NEWCOMER.read_text("utf-8")
    run = re.search(
        r"^env -u CI PATH=\"\$bare\" DOCKER_HOST=unix:///nowhere/\S+ (.*\n)+", steps, re.MULTILINE
    )
    assert run is not None
    assert "make --no-print-directory pytest RERUNS= " in run[0]
    assert f"for phase in {' '.join(PHASES)};" in planned("pytest")
    programs = re.search(r"^for program in (.*?)\ndo$", steps, re.MULTILINE | re.DOTALL)
    assert programs is not None
    assert {*programs[1].split()} & {*PACKAGES} == {"git", "make"}


def test_the_newcomers_tests_are_all_that_may_lack_something() -> None:
    listed = re.search(r'^tests="(.*?)"$', NEWCOMER.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert listed is not None
    chosen = [ROOT / name for name in listed[1].split()]
    assert [path for path in chosen if not path.exists()] == []
    lacking = re.compile(
        r"\b(need|need_engine|need_compose|missing|recording)\(|mark\.(docker|browser)\b|\bredis_url: str"
        r"|^from tests\.(web\.(browser|node|tabs|raw_page)|cluster\.cluster) ",
        re.MULTILINE,
    )
    files = [path for path in ROOT.glob("tests/**/test_*.py") if lacking.search(path.read_text("utf-8"))]
    assert len(files) > 40
    assert [path for path in files if not any(path.is_relative_to(each) for each in chosen)] == []
    assert any("need_client" in path.read_text("utf-8") for path in chosen if path.is_file())


def test_no_file_holds_a_path_of_somebodys_machine() -> None:
    if not (ROOT / ".git").exists():
        missing("the git repository: these are its files alone")
    listing = subprocess.run(
        [need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    foreign = re.compile(rb"(?<![\w.~-])/(home|Users|work|root)/[\w.-]+")
    files = [ROOT / name for name in listing.split("\0") if name]
    found = {path.name: m[0] for path in files if path.is_file() and (m := foreign.search(path.read_bytes()))}
    assert found == {}
