"""A feed state whose clocks the test turns."""

import pytest

from tests.gateway.feed.turned import Turned


@pytest.fixture
def turned() -> Turned:
    return Turned()
