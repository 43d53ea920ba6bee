"""Builds the distribution, and venvs to install it into.

No network is needed: a venv sees, behind its own packages, those of the Python that runs the tests, or some
of them. A `.pth` file adds their folder to the path, or links lead to them. The `.pth` files in that folder
are not read then, so the venv does not see the editable Tickcast.
"""

import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

from tests.cli.program import clean_environment

ROOT = Path(__file__).parents[2]
_TESTED = "packages_of_the_tests.pth"


def build(source: Path, target: Path, kind: str) -> Path:
    """Build the `wheel` or `sdist` of the project in `source` into `target`; return the file."""
    _run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target), cwd=source)
    (built,) = target.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return built


def unpack(sdist: Path, target: Path) -> Path:
    """Unpack `sdist` into `target`; return the folder of the project."""
    with tarfile.open(sdist) as archive:
        archive.extractall(target, filter="data")
    (project,) = target.iterdir()
    return project


class Venv:
    """A venv in `home`, without pip: the pip of the tests installs into it."""

    def __init__(self, home: Path, *only: str) -> None:
        """Let it see the packages `only` of the tests; all of them if none is named."""
        venv.create(home, with_pip=False)
        self.bin = home / "bin"
        paths = {"base": str(home), "platbase": str(home)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", paths))
        dependencies = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
        if not only:
            (self.packages / _TESTED).write_text("\n".join(dependencies), "utf-8")
        for package in (Path(folder, name) for folder in dependencies for name in only):
            if package.exists():
                (self.packages / package.name).symlink_to(package)

    def install(self, *what: str) -> set[str]:
        """Install without dependencies; return the names that it added to site-packages."""
        before = self.names()
        command = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install", "--no-index"]
        _run(*command, "--no-deps", "--no-build-isolation", "--no-compile", "--quiet", *what)
        return self.names() - before

    def names(self) -> set[str]:
        """Return what lies in site-packages."""
        return {path.name for path in self.packages.iterdir()}

    def run(self, code: str, folder: Path) -> str:
        """Run Python `code` in `folder`; return what it printed, without the end of the line."""
        return _run(str(self.bin / "python"), "-c", code, cwd=folder).rstrip("\n")


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout
