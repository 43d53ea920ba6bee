"""Fixtures: passwords, and a Redis of each kind with the users that have them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.guarded import Guarded, guarded_redis, make_secrets


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """A folder of passwords and users."""
    return make_secrets(tmp_path)


@pytest.fixture(params=["valkey", "redis-server"], scope="module")
def guarded_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """A Redis with users, for all tests of a file."""
    with guarded_redis(request.param, make_secrets(tmp_path_factory.mktemp("secrets"))) as server:
        yield server


@pytest.fixture
def guarded(guarded_server: Guarded) -> Guarded:
    """The same, empty, and without a record of what was denied before."""
    with guarded_server.overseer() as client:
        client.flushall()
        client.acl_log_reset()
    return guarded_server
