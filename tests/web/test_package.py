"""The npm package of tickcast.js: what is in it, and that it works once installed."""

import json
import shutil
import tarfile
import tomllib
from pathlib import Path

import pytest

from tests.web.node import HERE, install_packages, node, npm, run_node

ROOT = HERE.parent.parent
WEB = ROOT / "web"


@pytest.fixture(scope="module")
def npm_packages() -> None:
    node()
    install_packages()


@pytest.fixture
async def installed(npm_packages: None, tmp_path: Path) -> Path:
    """The package as npm installs it, in a project of its own; return the folder of the project."""
    await run_node(str(npm()), "pack", "--pack-destination", str(tmp_path), cwd=WEB)
    [archive] = tmp_path.glob("tickcast-*.tgz")
    with tarfile.open(archive) as package:
        package.extractall(tmp_path, filter="data")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package").rename(tmp_path / "node_modules" / "tickcast")
    return tmp_path


async def test_the_package_holds_the_library_its_types_and_nothing_of_the_page(installed: Path) -> None:
    folder = installed / "node_modules" / "tickcast"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    modules = {"tickcast.js", *(f"tickcast/{path.name}" for path in (WEB / "tickcast").iterdir())}
    types = {f"types/{name.removesuffix('.js')}.d.ts" for name in modules}
    assert files == modules | types | {"package.json", "README.md", "LICENSE"}
    # Files made for packing are removed again.
    assert not (WEB / "types").exists()


async def test_who_installs_it_can_import_it(installed: Path) -> None:
    script = 'import { Tickcast } from "tickcast"; console.log(typeof Tickcast)'
    assert await run_node("--input-type=module", "-e", script, cwd=installed) == "function\n"


async def test_its_types_are_found_by_typescript(installed: Path) -> None:
    shutil.copy(HERE / "consumer.ts", installed)
    options = "--strict --noEmit --target es2022 --module es2022 --moduleResolution bundler --types"
    tsc = HERE / "node_modules" / "typescript" / "bin" / "tsc"
    await run_node(str(tsc), *options.split(), "", "consumer.ts", cwd=installed)


def test_it_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    assert package["version"] == project["version"]
    assert package["license"] == "MIT"
    assert "dependencies" not in package
