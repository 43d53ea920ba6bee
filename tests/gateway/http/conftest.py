"""A gateway that asks for tokens, with a price of each of a few symbols."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.feeder import Feeder
from tests.support.granted import SYMBOLS, Door
from tests.support.local_gateway import LocalGateway, local_gateway
from tickcast.wire.instrument import Instrument


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """The keys of the gateway."""
    return Door(tmp_path)


@pytest.fixture
async def closed(feeder: Feeder, valkey_url: str, door: Door) -> AsyncIterator[LocalGateway]:
    """A gateway that asks for tokens, with a price of each symbol."""
    await feeder.claim([Instrument(symbol, symbol, "0.01", "1", "") for symbol in SYMBOLS])
    await feeder.tick(*SYMBOLS)
    async with local_gateway(valkey_url, debug=True, **door.settings) as running:
        yield running
