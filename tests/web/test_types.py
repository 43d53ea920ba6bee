"""The JSDoc types of tickcast.js and of the page's modules are right."""

import pytest

from tests.web.node import install_packages, node, run_node


@pytest.fixture
def npm_packages() -> None:
    node()
    install_packages()


@pytest.mark.usefixtures("npm_packages")
async def test_typescript_finds_no_fault_in_any_module() -> None:
    await run_node("node_modules/typescript/bin/tsc", "-p", "tsconfig.json")
