"""The worlds of the matrix: each file of tests has one, which all of its cells share."""

import asyncio
from typing import Any

import pytest


@pytest.fixture(scope="module")
def wrong(request: pytest.FixtureRequest) -> Any:
    """Run the world of a file, once; return what was wrong in each cell, as its `run` does."""
    return asyncio.run(request.module.run())
