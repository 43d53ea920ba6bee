"""nginx in front of a gateway, with the configuration of deploy/nginx, on this machine.

It differs from deploy/nginx in three ways: it has one worker, because one core is measured; it finds its
gateway by an address instead of a name; and its files lie in a directory of the stack.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tickcast.bench.process import Process, wait_for
from tickcast.bench.stack import Stack, answers
from tickcast.runtime.errors import UserError
from tickcast.runtime.ports import free_ports

DEPLOYED = Path(__file__).resolve().parent.parent / "deploy" / "nginx"


def missing() -> str:
    """Return the reason why nginx cannot run here, "" if it can."""
    return "" if _nginx() else "nginx is not installed (Debian: nginx)"


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def configure(directory: Path, port: int, health: int, gateway: int) -> Path:
    """Write the configuration of nginx at `port`, before the gateway at port `gateway`, into a directory.

    `health` is the port of nginx's own health check. Returns the main file. Raises UserError if a line that
    must be changed is missing in deploy/nginx.
    """
    changes = {
        "gateways.conf": [
            ("resolver 127.0.0.11 valid=2s ipv6=off;", ""),
            ("resolver_timeout 2s;", ""),
            ("server gateway:8000 resolve max_fails=0;", f"server 127.0.0.1:{gateway} max_fails=0;"),
        ],
        "origins.conf": [("/tmp/", f"{directory}/")],  # noqa: S108 - deploy/nginx runs in a container
        "routes.conf": [("/etc/nginx/tickcast/", f"{directory}/")],
        "listen-http.conf": [("listen 8080 ", f"listen 127.0.0.1:{port} ")],
        "nginx.conf": [
            # First, because the directory may lie in /tmp itself.
            ("/tmp/", f"{directory}/"),  # noqa: S108 - deploy/nginx runs in a container
            ("worker_processes 4;", "worker_processes 1;\ndaemon off;"),
            ("listen 8081;", f"listen 127.0.0.1:{health};"),
            ("/etc/nginx/listen.conf", f"{directory}/listen-http.conf"),
            ("/etc/nginx/tickcast/", f"{directory}/"),
        ],
    }
    for file in DEPLOYED.glob("*.conf"):
        text = file.read_text("utf-8")
        for old, new in changes.get(file.name, []):
            if old not in text:
                raise UserError(f"deploy/nginx/{file.name} no longer has {old!r}")
            text = text.replace(old, new)
        (directory / file.name).write_text(text, "utf-8")
    return directory / "nginx.conf"


@contextmanager
def balanced(stack: Stack) -> Iterator[tuple[Process, int, int]]:
    """Start nginx on the measured core, before a gateway on another core.

    Yields the process of nginx, its port and the port of the gateway.
    """
    port, health = free_ports(2)
    directory = stack.directory / f"balancer-{port}"
    directory.mkdir()
    with stack.gateway(measured=False) as (_, gateway):
        argv = [_nginx() or "nginx", "-c", str(configure(directory, port, health, gateway))]
        with stack.start("nginx", argv, measured=True) as process:
            wait_for(lambda: answers(health, "/healthz"), "nginx is ready", processes=[process])
            yield process, port, gateway
