"""The Docker engine and its compose plugin: looked for once in each process of a test run.

The engine is asked over a plain socket. The client library of Docker leaves a socket open where no engine
answers, and pytest calls that an error in whatever test comes next.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit

from tests.support.missing import missing
from tests.support.tools import need

DEFAULT_HOST = "unix:///var/run/docker.sock"
"""Where an engine listens if DOCKER_HOST names no other place."""

ANSWER_SECONDS = 10.0
"""An engine that has not answered by then is none."""

_PING = b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n"
_OK = (b"HTTP/1.0 200", b"HTTP/1.1 200")


def need_engine() -> None:
    """Go on only where a Docker engine answers; else the test is skipped, or fails in CI."""
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    if not engine_answers(host):
        missing(f"Docker engine: none answers at {host}")


def need_compose() -> None:
    """Go on only where the docker command has its compose plugin; this needs no engine."""
    if not _has_compose(need("docker")):
        missing("docker compose plugin: `docker compose version` fails")


@cache
def engine_answers(host: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Tell whether a Docker engine answers at `host`, unix://PATH or tcp://HOST:PORT, in so many seconds."""
    end = time.monotonic() + seconds
    try:
        with _connected(host, seconds) as line:
            line.sendall(_PING)
            answer = b""
            while len(answer) < len(_OK[0]) and (left := end - time.monotonic()) > 0:
                line.settimeout(left)
                if not (part := line.recv(64)):
                    break
                answer += part
    except (OSError, ValueError):
        return False
    return answer.startswith(_OK)


@contextmanager
def _connected(host: str, seconds: float) -> Iterator[socket.socket]:
    # Raises ValueError for a way to reach an engine that is neither of the two, such as ssh.
    kind, _, place = host.partition("://")
    if kind == "unix":
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(seconds)
            line.connect(place)
            yield line
    elif kind in ("tcp", "http"):
        address = urlsplit(host)
        with socket.create_connection(
            (address.hostname or "localhost", address.port or 2375), seconds
        ) as line:
            yield line
    else:
        raise ValueError(host)


@cache
def _has_compose(docker: str) -> bool:
    command = [docker, "compose", "version"]
    return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
