"""A fresh clone of the project, and commands of the docs that run there as a reader runs them."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.cli.program import clean_environment
from tests.support.eventually import wait_until
from tests.support.missing import missing
from tests.support.ports import free_port
from tests.support.tools import need
from tests.support.wheel_venv import ROOT, Venv

PROGRAM = """#!{python}
from tickcast.cli.main import run
run()
"""


class Clone:
    """What `git clone` and the first `make` leave behind; the packages are those of the tests."""

    def __init__(self, folder: Path) -> None:
        if not (ROOT / ".git").exists():
            missing("the git repository: a clone has its files alone")
        listed = subprocess.run(
            [need("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        )  # fmt: skip
        self.folder = folder / "tickcast"
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).exists():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.folder / name, follow_symlinks=False)
        self._install()
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.port = free_port()
        """In place of 8080, which may be taken on this machine."""

    def _install(self) -> None:
        # Without a network, and without the half minute that pip takes.
        made = Venv(self.folder / ".venv")
        (made.packages / "tickcast.pth").write_text(f"{self.folder}/src", "utf-8")
        program = made.bin / "tickcast"
        program.write_text(PROGRAM.format(python=made.bin / "python"), "utf-8")
        program.chmod(0o755)
        if (packages := ROOT / "web" / "node_modules").exists():
            (self.folder / "web" / "node_modules").symlink_to(packages)
        for stamp in (".run", ".web"):
            (self.folder / ".venv" / stamp).touch()

    def here(self, command: str) -> str:
        """Return a command of the docs for the port of this clone."""
        text = re.sub(r"\b8080\b", str(self.port), command)
        # These take no address from the environment.
        text = re.sub(r"(tickcast (?:tail|verify)\b)", rf"\1 --url {self.url}", text)
        return re.sub(r"(tickcast conform)(?! +http)", rf"\1 {self.url}", text)

    def environment(self) -> dict[str, str]:
        """Return the environment of a reader's shell, whose `make up` takes the port of this clone."""
        path = f"{self.folder / '.venv' / 'bin'}:{os.environ['PATH']}"
        own = clean_environment(PATH=path, TMPDIR=str(self.temporary), TICKCAST_URL=self.url, NO_PROXY="*")
        return {name: value for name, value in own.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}

    @property
    def url(self) -> str:
        """Where its `make up` answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, command: str, answer: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; `answer` is what it reads if it asks."""
        return subprocess.run(
            ["sh", "-c", self.here(command)], cwd=self.folder, env=self.environment() | variables, text=True,
            input=answer, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100, check=False,
        )  # fmt: skip

    @contextmanager
    def running(self, command: str, **variables: str) -> Iterator["Running"]:
        """Run a command that ends by Ctrl-C alone."""
        running = Running(self, command, variables)
        try:
            yield running
        except BaseException as error:
            error.add_note(f"--- {command} printed:\n{running.output()[-4000:]}")
            raise
        finally:
            running.end()


class Running:
    """A command in a process group of its own, as a terminal has it."""

    def __init__(self, clone: Clone, command: str, variables: dict[str, str]) -> None:
        self._file = clone.temporary / f"output-{free_port()}"
        with self._file.open("wb") as file:
            self.process = subprocess.Popen(
                ["sh", "-c", clone.here(command)], cwd=clone.folder, env=clone.environment() | variables,
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def output(self) -> str:
        """Return what it has printed."""
        return self._file.read_text("utf-8", "replace")

    def until(self, *words: str) -> str:
        """Wait until it has printed all these words; return all that it has printed."""

        def there() -> bool:
            return all(each in self.output() for each in words) or self.process.poll() is not None

        wait_until(there)
        found = self.output()
        assert [each for each in words if each not in found] == []
        return found

    def children(self) -> list[psutil.Process]:
        """Return the processes that it has started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> None:
        """Press Ctrl-C, and wait for its end."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)

    def end(self) -> None:
        """End it, and what is left of it."""
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            self.interrupt()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
