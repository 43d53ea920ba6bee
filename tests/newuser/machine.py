"""An empty machine for a new user: a container with Python, which may start others beside itself."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.missing import optional

IMAGE = "python:3.14-slim"
PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
)

_APT = "apt-get -qq -o Acquire::Check-Valid-Until=false"
PREPARE = f"{_APT} update && {_APT} install -y --no-install-recommends git make curl ca-certificates"
"""Installs what every user has who can clone a repository and run `make`."""

UNREACHED = re.compile(
    "Could not resolve|Failed to fetch|Connection (failed|timed out|refused)|Unable to connect"
)
"""What apt says where a container reaches no mirror."""


class Machine:
    """The container. Its home has the same path on the host, so that the engine can mount it."""

    def __init__(self, name: str, home: Path) -> None:
        self.name = name
        self.home = home

    def run(self, script: str, folder: str = "", **environment: str) -> str:
        """Run lines of a shell in a folder of the home; return what they printed. They must end well."""
        done = self._exec([], script, folder, environment)
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}"
        return done.stdout

    def failure(self, script: str) -> str:
        """Run lines of a shell; return the end of what they printed if they fail, else nothing."""
        done = self._exec([], script, "", {})
        return done.stdout[-500:] if done.returncode else ""

    def start(self, script: str, log: str, folder: str = "", **environment: str) -> None:
        """Run lines of a shell in the background, with their output in a file of the home."""
        lines = f"exec >{self.home / log} 2>&1\necho $$ >{self.home / log}.pid\n{script}"
        assert self._exec(["--detach"], lines, folder, environment).returncode == 0

    def interrupt(self, log: str) -> None:
        """Press Ctrl-C for what `start` has started, and wait until all of it has ended."""
        self.run(
            f"group=$(cat {log}.pid); kill -s INT -- -$group; "
            "while kill -s 0 -- -$group 2>/dev/null; do sleep 0.2; done"
        )

    def output(self, log: str) -> str:
        """Return what has been printed by what `start` has started."""
        return (self.home / log).read_text("utf-8", "replace")

    def changed(self) -> set[str]:
        """Return the paths outside of its home that are not as in the image."""
        listed = subprocess.run(["docker", "diff", self.name], capture_output=True, text=True, check=True)
        return {line[2:] for line in listed.stdout.splitlines()}

    def _exec(
        self, options: list[str], script: str, folder: str, environment: dict[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        named = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        where = ["--workdir", str(self.home / folder)]
        return subprocess.run(
            ["docker", "exec", *options, *where, *named, self.name, "sh", "-euc", script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip


@contextmanager
def empty_machine(name: str, home: Path) -> Iterator[Machine]:
    """Run a Machine with git, make and Docker's command until the block ends."""
    docker = shutil.which("docker")
    assert docker
    mounts = {
        str(home): str(home),
        "/var/run/docker.sock": "/var/run/docker.sock",
        docker: "/usr/bin/docker:ro",
    }
    mounts |= {folder: f"{PLUGINS[1]}:ro" for folder in PLUGINS if Path(folder).is_dir()}
    volumes = [word for host, inside in mounts.items() for word in ("--volume", f"{host}:{inside}")]
    # Node has CAs of its own, and takes those of the system only when it is asked to.
    options = ["--detach", "--init", "--network", "host", "--env", "NODE_USE_SYSTEM_CA=1", *volumes]
    subprocess.run(
        ["docker", "run", "--name", name, *options, IMAGE, "sleep", "1800"], check=True, capture_output=True
    )
    try:
        machine = Machine(name, home)
        if why := machine.failure(PREPARE):
            assert UNREACHED.search(why), why
            optional(f"packages of Debian in containers of this engine: {why}")
        yield machine
    finally:
        subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)
