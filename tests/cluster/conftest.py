"""One cluster for all tests of this folder; each finds it whole."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.cluster.cluster import Cluster
from tests.support.engine import need_compose


@pytest.fixture(scope="session")
def running_cluster() -> Iterator[Cluster]:
    need_compose()
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
