"""Tests of the page share what takes long to start: Chromium in a process, a cluster to look at in a file."""

from collections.abc import AsyncIterator
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
import pytest_asyncio

from tests.web.shared import Shared, sharing
from tests.web.watchlist import MARKET_NAME

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the page in one event loop: what is shared belongs to the loop that started it."""
    for item in items:
        if HERE in item.path.parents and iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def shared() -> AsyncIterator[Shared]:
    """Share from the first test of the page to the last one of this process."""
    async with sharing() as shared:
        yield shared


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def shared_market(shared: Shared) -> AsyncIterator[None]:
    """End the cluster that the tests of a file have looked at: it would take time from the others."""
    yield
    await shared.leave(MARKET_NAME)
