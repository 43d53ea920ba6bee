"""Fixtures: a Redis of every kind, an embedded Valkey for tests not about Redis, and a private one.

A shared server is started once, when the first test asks for it, and is empty at the start of each test.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.support.engine import need_engine
from tests.support.servers import KINDS, PrivateValkey, empty
from tests.support.tools import need, need_chart

# How long an example takes is a matter of what else the machine does.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


class FileScheduling(LoadScopeScheduling):
    """Keeps the tests of a file in one process, and those of a folder that share what starts slowly."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ("tests/cluster/", "tests/docs/") if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Tell pytest-xdist which process runs what, in the order in which tests are collected."""
    config.option.loadscopereorder = False
    return FileScheduling(config, log)


PHASES = ["pages", "others", "pairs", "alone"]
"""A container that comes or goes changes the network, and browsers then drop what they are loading."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the tests be run in phases."""
    parser.addoption(
        "--phase",
        choices=PHASES,
        help="run pages without containers, others, those that wait, or those that measure time",
    )


MARKS = {"pages": "browser", "pairs": "pair", "alone": "alone"}
"""The mark that all tests of a phase have; `others` have none."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that have no test of a phase: to import all takes each process ten seconds."""
    phase = config.getoption("--phase")
    if phase not in MARKS or collection_path.suffix != ".py":
        return None
    return not _names_mark_of(phase, collection_path) or None


@cache
def _names_mark_of(phase: str, path: Path) -> bool:
    return f"pytest.mark.{MARKS[phase]}" in path.read_text("utf-8")


def pytest_configure() -> None:
    """Let what tests start end by Ctrl-C: a shell has it ignored by what runs in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def phase_of(item: pytest.Item) -> str:
    """Return which of PHASES a test is run in."""
    if item.get_closest_marker("alone"):
        return "alone"
    if item.get_closest_marker("pair"):
        return "pairs"
    if item.get_closest_marker("browser") and not item.get_closest_marker("docker"):
        return "pages"
    return "others"


LONG = (
    "tests/newuser/",
    "tests/cluster/",
    "tests/deploy/",
    "tests/hostile/",
    "tests/faults/",
    "tests/producers/",
    "tests/cli/",
    "tests/docs/",
)
"""Where tests take minutes: they begin first, so that at the end no process waits for a last one."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the phase that is asked for; those with a browser may take longer."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(
        key=lambda item: next(
            (place for name, place in places.items() if item.nodeid.startswith(name)), len(LONG)
        )
    )
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))
    if wanted := config.getoption("--phase"):
        left = [item for item in items if phase_of(item) != wanted]
        for item in left:
            # Else no phase would run it. All files are read in the phase of the others.
            if (phase := phase_of(item)) in MARKS and not _names_mark_of(phase, item.path):
                raise pytest.UsageError(f"{item.nodeid}: write pytest.mark.{MARKS[phase]} in its file")
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose marks name what this machine lacks, before anything is started for it."""
    if item.get_closest_marker("docker"):
        need_engine()
    if item.get_closest_marker("browser"):
        need("chromium")
        need_chart()


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Callable[[str], str]]:
    """Return a function that gives the URL of the server of one of KINDS."""
    urls: dict[str, str] = {}
    with ExitStack() as servers:

        def url_of(kind: str) -> str:
            if kind not in urls:
                urls[kind] = servers.enter_context(KINDS[kind]())
            empty(urls[kind])
            return urls[kind]

        yield url_of


@pytest.fixture(
    params=[pytest.param(kind, marks=pytest.mark.docker if "docker" in kind else ()) for kind in KINDS]
)
def redis_url(request: pytest.FixtureRequest, shared_server: Callable[[str], str]) -> str:
    """An empty Redis of each kind in turn: for tests of what Tickcast asks of Redis."""
    return shared_server(request.param)


@pytest.fixture
def valkey_url(shared_server: Callable[[str], str]) -> str:
    """An empty embedded Valkey, fast to come by: for tests of anything else."""
    return shared_server("valkey")


@pytest.fixture
def private_valkey() -> Iterator[PrivateValkey]:
    """A Valkey of the test's own, to pause, kill and restart."""
    with PrivateValkey() as server:
        yield server
