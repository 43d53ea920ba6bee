"""One clone, and one `make up` in it, for all tests of this folder that run in one process."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.clone import Clone, Running
from tests.support.snippets import block
from tests.support.tools import need


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """A clone of the project."""
    need("make")
    need("curl")
    return Clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def make_up(clone: Clone) -> Iterator[Running]:
    """The first command of README.md, running."""
    with clone.running(block("README.md", "See it run", 0), ARGS=f"--port {clone.port} --rate 100") as up:
        up.until("Ctrl-C stops everything")
        yield up


@pytest.fixture
def up(make_up: Running, clone: Clone) -> Path:
    """The folder of the clone, while `make up` runs."""
    assert make_up.process.poll() is None
    return clone.folder


@pytest.fixture
def redis(make_up: Running) -> str:
    """The address of the Redis of `make up`."""
    found = re.search(r"redis://\S+", make_up.output())
    assert found is not None
    return found[0]
