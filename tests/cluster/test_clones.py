"""Two clones of the repository on one machine: each has its own cluster, passwords and data."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import ROOT, Cluster, ComposeError
from tests.support.engine import need_compose
from tests.support.ports import free_port

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


class Clone:
    """A copy of the compose files in a folder of its own; nothing names the project but the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("redis_password"))
        shutil.copy(ROOT / "docker-compose.yml", folder)
        own = {
            name: text for name, text in os.environ.items() if not name.startswith(("TICKCAST_", "COMPOSE_"))
        }
        # The images that all tests share.
        self._environment = own | {
            "TICKCAST_IMAGES": "tickcast-test",
            "TICKCAST_HTTP_PORT": str(free_port()),
            "TICKCAST_RATE": "50",
        }

    def compose(self, *arguments: str) -> str:
        """Run `docker compose` in the folder, as a user would. Raises ComposeError."""
        command = ["docker", "compose", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ComposeError(done.stderr[-4000:])
        return done.stdout

    def up(self, *more: str) -> None:
        """Bring up one of each service."""
        one = ("--scale", "publisher=1", "--scale", "gateway=1")
        deadline = time.monotonic() + 120
        while True:
            try:
                self.compose("up", "--detach", "--no-build", "--wait", *one, *more)
                return
            except ComposeError:
                # On a busy machine a health check comes too late, and the next one heals it.
                if time.monotonic() > deadline:
                    raise

    def containers(self) -> set[tuple[str, str]]:
        """Return id and start of every running container."""
        ids = self.compose("ps", "--quiet").split()
        found = subprocess.run(["docker", "inspect", *ids], capture_output=True, check=True).stdout
        return {(each["Id"], each["State"]["StartedAt"]) for each in json.loads(found)}

    def password(self) -> str:
        """Return the password of the gateways."""
        return self.compose("exec", "-T", "gateway", "cat", "/run/secrets/redis/redis_password")

    def epoch(self) -> str:
        """Return the epoch of the feed's data, read with the gateway's right."""
        login = ("--user", "gateway", "--pass", self.password(), "--no-auth-warning")
        return self.compose(
            "exec", "-T", "redis", "redis-cli", "-e", *login, "hget", "{tickcast:main:0}:meta", "epoch"
        )


@pytest.fixture
def clones(tmp_path: Path) -> Iterator[list[Clone]]:
    """Two clones, the first of which is up."""
    need_compose()
    Cluster().build()
    made = [Clone(tmp_path / f"tickcast-{name}-{os.getpid()}") for name in ("one", "two")]
    try:
        made[0].up()
        yield made
    finally:
        for clone in made:
            clone.compose("down", "--volumes", "--timeout", "1")


def test_a_second_clone_leaves_the_containers_passwords_and_data_of_the_first(clones: list[Clone]) -> None:
    first, second = clones
    before = first.containers(), first.password(), first.epoch()
    second.up()
    assert (first.containers(), first.password(), first.epoch()) == before
    assert not first.containers() & second.containers()
    assert second.password() != first.password()
    assert second.epoch() != first.epoch()


def test_passwords_stay_when_a_clone_is_brought_up_again_over_a_running_redis(clones: list[Clone]) -> None:
    first, _ = clones
    before, password = first.containers(), first.password()
    # What cleans a working tree, such as `git clean -dfx`, touches no password.
    for made in (first.folder / "deploy/secrets").glob("*/redis_password"):
        made.unlink()
    first.up()
    assert first.containers() == before
    first.up("--no-deps", "--force-recreate", "gateway")
    assert first.password() == password
