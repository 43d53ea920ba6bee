"""The npm package of tickcast.js: what is in it, and that it works once installed."""

import json
import shutil
import tomllib
from asyncio import create_subprocess_exec
from pathlib import Path
from subprocess import PIPE

import httpx2
import pytest
import pytest_asyncio

from tests.support.eventually import eventually
from tests.support.snippets import block
from tests.support.stack import running_stack
from tests.support.tools import need
from tests.web.node import HERE, install_packages, node, npm, run_node

ROOT = HERE.parent.parent
WEB = ROOT / "web"

FOLLOW = """
import { EventSource } from "eventsource";
import { Tickcast } from "tickcast";
const [requestAnimationFrame, cancelAnimationFrame] = [setImmediate, clearImmediate];
Object.assign(globalThis, { EventSource, requestAnimationFrame, cancelAnimationFrame });
let moved = 0;
const stream = new Tickcast({ url: process.argv[1], share: false, onTicks: (ticks) => {
  if (stream.state.link !== "open" || (moved += 1) < 3) return;
  console.log(stream.state.link, stream.ticks.size);
  process.exit(0);
} });
"""


@pytest.fixture(scope="module")
def npm_packages() -> None:
    node()
    install_packages()


@pytest_asyncio.fixture(loop_scope="session")
async def installed(npm_packages: None, tmp_path: Path) -> Path:
    """The package as npm installs it, in a project of its own; return the folder of the project."""
    project = tmp_path / "project"
    await install(await packed(tmp_path), project)
    return project


async def packed(folder: Path) -> Path:
    """Pack in a fresh clone, so that no other test finds what is made for it; return the package."""
    clone = folder / "clone"
    for name in await tracked():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    await run_node(str(npm()), "pack", "--pack-destination", str(folder), cwd=clone / "web")
    # Files made for packing are removed again.
    assert not (clone / "web" / "types").exists()
    assert not (clone / "web" / "LICENSE").exists()
    [archive] = folder.glob("tickcast-*.tgz")
    return archive


async def install(archive: Path, project: Path) -> None:
    """Install a packed package into an empty folder, from nowhere else."""
    project.mkdir()
    (project / "package.json").write_text('{"private": true}', "utf-8")
    await run_node(str(npm()), "install", "--offline", "--no-audit", "--no-fund", str(archive), cwd=project)


async def test_the_package_holds_the_library_its_types_and_nothing_of_the_page(installed: Path) -> None:
    folder = installed / "node_modules" / "tickcast"
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    modules = {"tickcast.js", "react.js", *(f"tickcast/{path.name}" for path in (WEB / "tickcast").iterdir())}
    types = {f"types/{name.removesuffix('.js')}.d.ts" for name in modules}
    assert files == modules | types | {"package.json", "README.md", "LICENSE"}


async def test_who_installs_it_can_import_it(installed: Path) -> None:
    script = 'import { Tickcast } from "tickcast"; console.log(typeof Tickcast)'
    assert await run_node("--input-type=module", "-e", script, cwd=installed) == "function\n"


async def test_its_types_are_found_by_typescript(installed: Path) -> None:
    shutil.copy(HERE / "consumer.ts", installed)
    options = "--strict --noEmit --target es2022 --module es2022 --moduleResolution bundler --types"
    tsc = HERE / "node_modules" / "typescript" / "bin" / "tsc"
    await run_node(str(tsc), *options.split(), "", "consumer.ts", cwd=installed)


async def test_its_hooks_draw_what_a_stream_brings_in_react(installed: Path) -> None:
    for name in ("react", "react-test-renderer", "react-is", "scheduler", "@types", "csstype"):
        (installed / "node_modules" / name).symlink_to(HERE / "node_modules" / name)
    shutil.copy(HERE / "react_hooks.mjs", installed)
    fakes = (HERE / "fakes.mjs").as_uri()
    printed = await run_node("--preserve-symlinks", "react_hooks.mjs", fakes, cwd=installed)
    assert printed.endswith("drawn\n")

    shutil.copy(HERE / "react_consumer.ts", installed)
    options = "--strict --noEmit --target es2022 --module es2022 --moduleResolution bundler"
    tsc = HERE / "node_modules" / "typescript" / "bin" / "tsc"
    await run_node(str(tsc), *options.split(), "react_consumer.ts", cwd=installed)

    # The component of the docs.
    (installed / "Price.jsx").write_text(f"{block('docs/browser.md', 'React')}export {{ Price }};\n", "utf-8")
    options = (
        "--allowJs --jsx react-jsx --outDir . --target es2022 --module es2022 --moduleResolution bundler"
    )
    await run_node(str(tsc), *options.split(), "Price.jsx", cwd=installed)
    shutil.copy(HERE / "react_docs.mjs", installed)
    printed = await run_node("--preserve-symlinks", "react_docs.mjs", fakes, cwd=installed)
    assert printed.endswith("drawn\n")


async def test_it_is_packed_in_a_fresh_clone_and_follows_a_stream(npm_packages: None, tmp_path: Path) -> None:
    project = tmp_path / "project"
    await install(await packed(tmp_path), project)

    (project / "node_modules" / "eventsource").symlink_to(HERE / "node_modules" / "eventsource")
    async with (
        running_stack(1, symbols=3, rate=50, seed=5) as stack,
        httpx2.AsyncClient(trust_env=False) as http,
    ):

        async def has_all() -> bool:
            return len((await http.get(f"{stack.url}/v1/snapshot")).json()["ticks"]) == 3

        await eventually(has_all)
        printed = await run_node("--input-type=module", "-e", FOLLOW, f"{stack.url}/v1/stream", cwd=project)
    assert printed == "open 3\n"


async def tracked() -> list[str]:
    """Return the files that a clone has of what packing needs."""
    git = await create_subprocess_exec(
        need("git"), "ls-files", "web", "tests/web", "LICENSE", cwd=ROOT, stdout=PIPE
    )
    output, _ = await git.communicate()
    assert git.returncode == 0
    return output.decode().splitlines()


def test_it_has_the_version_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    package = json.loads((WEB / "package.json").read_text("utf-8"))
    assert package["version"] == project["version"]
    assert package["license"] == "MIT"
    assert "dependencies" not in package
