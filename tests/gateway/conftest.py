"""A feed that the test writes by hand, and gateways that follow it; or a hub without either."""

from collections.abc import AsyncIterator

import pytest

from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway, stale_after
from tests.support.market import Market


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no feed of a gateway in this process become stale only because the machine is busy."""
    stale_after(monkeypatch, 300.0)


@pytest.fixture
async def feeder(valkey_url: str, patience: None) -> AsyncIterator[Feeder]:
    """The writer of the feed; it has claimed it and written nothing."""
    async with Feeder(valkey_url) as writer:
        yield writer


@pytest.fixture
async def gateway(feeder: Feeder, valkey_url: str) -> AsyncIterator[LocalGateway]:
    """A gateway in this process that follows the feed."""
    async with local_gateway(valkey_url) as running:
        yield running


@pytest.fixture
async def market() -> AsyncIterator[Market]:
    """A hub with subscribers in memory, fed by the test."""
    made = Market()
    yield made
    made.hub.close()
