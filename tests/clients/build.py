"""The programs of the matrix, built with what their lock files pin, when a test first asks for a language."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path

from _pytest.outcomes import Failed, Skipped

from tests.clients.matrix import CLIENTS, Client
from tests.support.missing import missing
from tests.support.tools import need
from tests.support.works_with import works_with_python
from tests.web.node import install_packages, node

HERE = Path(__file__).parent
BUILT = Path(sys.prefix) / "clients"
"""Where compiled clients are."""

GO = (1, 23)
"""The oldest Go that compiles them all."""

ALWAYS = ("go", "node", "python")
"""Languages that every run of the tests has; the others are for `make clients`, which sets CLIENTS."""

CHOSEN = tuple(each for each in CLIENTS if each.language in ALWAYS or os.environ.get("CLIENTS") == "all")
"""The clients of this run."""


def available() -> list[Client]:
    """Return the clients of this run that this machine can run."""
    return [each for each in CHOSEN if _lack(each.language) is None]


def need_client(client: Client) -> None:
    """Skip the test, or fail it in CI, if this machine cannot run the client."""
    if lack := _lack(client.language):
        raise lack


def command_of(client: Client) -> Sequence[str | Path]:
    """Return the command that runs a client; its language has been prepared by `available`."""
    match client.language:
        case "go":
            return [BUILT / "go" / client.program]
        case "node":
            return [node(), HERE / "node" / client.program]
        case "rust":
            return [BUILT / "rust" / "debug" / client.program]
        case "java":
            libraries = (BUILT / "java" / "classpath").read_text()
            return [need("java"), "-cp", f"{BUILT / 'java'}{os.pathsep}{libraries}", client.program]
        case _:
            return [works_with_python(), HERE / client.language / client.program]


@cache
def _lack(language: str) -> Skipped | Failed | None:
    """Prepare the clients of a language; return what this machine lacks for them, None: nothing."""
    try:
        PREPARE[language]()
    except (Skipped, Failed) as lack:
        return lack
    return None


def _prepare_go() -> None:
    _run([_go(), "build", "-buildvcs=false", "-o", str(_folder("go")), "./..."], "go")


def _go() -> str:
    """Return the path of a Go that is new enough."""
    path = need("go")
    said = subprocess.run([path, "version"], capture_output=True, text=True, check=True).stdout
    if not (found := re.search(r"go(\d+)\.(\d+)", said)) or (int(found[1]), int(found[2])) < GO:
        missing(f"Go {GO[0]}.{GO[1]} or newer on PATH, in place of: {said.strip()}")
    return path


def _prepare_node() -> None:
    node()
    install_packages(HERE / "node")


def _prepare_rust() -> None:
    """Build from crates.lock: it is Cargo.lock without the name of the registry, which Cargo knows."""
    source, cargo = _folder("rust") / "source", need("cargo")
    shutil.copytree(HERE / "rust", source, dirs_exist_ok=True)
    lock = source / "Cargo.lock"
    lock.unlink(missing_ok=True)
    _run([cargo, "generate-lockfile"], source)
    found = re.search(r'^source = "(.+)"$', lock.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    pinned = (source / "crates.lock").read_text("utf-8")
    lock.write_text(pinned.replace('"REGISTRY"', f'"{found[1]}"'), "utf-8")
    _run([cargo, "build", "--locked", "--target-dir", str(_folder("rust"))], source)


def _prepare_java() -> None:
    folder = _folder("java")
    listing = folder / "classpath"
    _run([need("mvn"), "-q", "-B", "dependency:build-classpath", f"-Dmdep.outputFile={listing}"], "java")
    found = [Path(path) for path in listing.read_text().split(os.pathsep)]
    # Maven pins versions alone. After a change of pom.xml, write what differs here into the file.
    hashes = {hashlib.sha256(path.read_bytes()).hexdigest(): path.name for path in found}
    pinned = dict(line.split() for line in (HERE / "java" / "libraries.sha256").read_text().splitlines())
    assert hashes.items() ^ pinned.items() == set()
    sources = [str(path) for path in (HERE / "java").glob("*.java")]
    _run([need("javac"), "-d", str(folder), "-cp", listing.read_text(), *sources], "java")


def _folder(language: str) -> Path:
    (BUILT / language).mkdir(parents=True, exist_ok=True)
    return BUILT / language


def _run(command: Sequence[str], language: str | Path) -> None:
    """Build in the folder of a language, one process at a time; what has not changed takes no time."""
    with (BUILT / "lock").open("w") as alone:
        flock(alone, LOCK_EX)
        done = subprocess.run(
            command, cwd=HERE / language, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    if done.returncode:
        missing(f"the clients in {language}; {' '.join(command[:2])} said:\n{done.stdout[-2000:]}")


PREPARE: dict[str, Callable[[], object]] = {
    "go": _prepare_go,
    "node": _prepare_node,
    "python": works_with_python,
    "rust": _prepare_rust,
    "java": _prepare_java,
}
