"""The modules of web/ without a browser, by Node: NAME.test.mjs tests NAME.js, NAME_PART.test.mjs a part."""

from pathlib import Path

import pytest

from tests.web.node import run_node

TESTS = sorted(path.name for path in Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("name", TESTS)
async def test_node_passes(name: str) -> None:
    assert "# fail 0" in await run_node("--test", "--test-reporter=tap", name)
