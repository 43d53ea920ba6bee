"""One cluster for all tests of this folder; each finds it whole."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.support.missing import missing


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    if shutil.which("docker") is None:
        missing("docker is not on PATH")
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            missing(f"`{' '.join(command)}` fails: no Docker engine, or no compose plugin")
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
async def cluster(running_cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Cluster]:
    """The cluster, all parts running."""
    await running_cluster.heal()
    failed = request.session.testsfailed
    yield running_cluster
    if request.session.testsfailed > failed:
        print(running_cluster.logs())
