"""A Redis with the users that deploy/secrets/make.sh makes, and clients that log in as one of them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import redis

from tests.support.servers import PrivateValkey, redis_server
from tickcast.runtime.redis.client import RedisClient

MAKE = Path(__file__).parents[2] / "deploy/secrets/make.sh"


class Guarded(NamedTuple):
    """A Redis with users, and where their passwords are."""

    port: int
    secrets: Path

    @property
    def url(self) -> str:
        """Its address, for a user without a password."""
        return f"redis://127.0.0.1:{self.port}"

    def url_of(self, program: str) -> str:
        """Return the address with the name of a user."""
        return f"redis://{program}@127.0.0.1:{self.port}"

    def password_file(self, program: str) -> Path:
        """Return the file with the password of a program."""
        return self.secrets / program / "redis_password"

    def client(self, program: str, timeout: float = 2.0) -> RedisClient:
        """Return a client that logs in as a program."""
        return RedisClient(self.url_of(program), self.password_file(program), timeout, writes=True)

    def overseer(self) -> "redis.Redis[bytes]":
        """Return a client of the test's own user, who sees what others are denied."""
        return redis.Redis(port=self.port, username="overseer", password="any")


def make_secrets(folder: Path, **variables: str) -> Path:
    """Make passwords and lists of users in a folder, and return it."""
    environment = {**os.environ, **variables}
    subprocess.run(["sh", str(MAKE), str(folder)], check=True, capture_output=True, env=environment)
    return folder


def add_users(url: str, secrets: Path) -> None:
    """Give a Redis the users of `secrets`."""
    with redis.Redis.from_url(url) as client:
        assert client.execute_command("ACL", "SETUSER", "overseer", "on", "nopass", "~*", "&*", "+@all")
        # The user who makes the others is the last to lose its rights.
        for line in reversed((secrets / "redis/users.acl").read_text("ascii").splitlines()):
            assert client.execute_command("ACL", "SETUSER", *line.split()[1:])


@contextmanager
def guarded_redis(kind: str, secrets: Path) -> Iterator[Guarded]:
    """Run a Redis with users: `valkey`, or Debian's `redis-server`."""
    with PrivateValkey() if kind == "valkey" else redis_server() as server:
        url = server if isinstance(server, str) else server.url
        add_users(url, secrets)
        yield Guarded(urlsplit(url).port or 0, secrets)
