"""A gateway, and nginx in front of it with the lines of a test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.support.feeder import Feeder
from tests.support.local_gateway import LocalGateway, local_gateway
from tests.support.nginx import running_nginx
from tests.support.ports import free_port
from tickcast.bench.balancer import configure
from tickcast.wire.names import MAIN

LINES = """
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_buffering off;
proxy_read_timeout 75s;
"""
"""Lines with which a stream passes as it should."""

PRIVATE = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.0.0.0/8"
"""Networks in which nginx of a test may be."""


@asynccontextmanager
async def gateway(url: str, **settings: Any) -> AsyncIterator[LocalGateway]:
    """Run a gateway that trusts nginx, and whose feed has heartbeats alone."""
    known = {"heartbeat": 1000, "trusted_proxies": PRIVATE, **settings}
    async with Feeder(url) as feeder, feeder.beating(), local_gateway(url, **known) as running:
        yield running


@contextmanager
def nginx_before(
    folder: Path, url: str, lines: str = LINES, listen: str = "", address: str = "127.0.0.1"
) -> Iterator[str]:
    """Run nginx before the gateway at a URL; yield its own. `listen` has what stands behind the port."""
    port, health = free_port(), free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    kept = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; events {{}} http {{ access_log off; {kept}"
        f"server {{ listen {address}:{port} {listen};\n{lines}\nlocation / {{ proxy_pass {url}; }} }}"
        f"server {{ listen 127.0.0.1:{health}; location / {{ return 200; }} }} }}\n",
        "utf-8",
    )
    with running_nginx(folder, main, health):
        yield f"{'https' if 'ssl' in listen else 'http'}://{address}:{port}"


@contextmanager
def deployed_nginx(folder: Path, gateway: int) -> Iterator[str]:
    """Run nginx as deploy/nginx says before the gateway at a port; yield its URL."""
    port, health = free_port(), free_port()
    with running_nginx(folder, configure(folder, port, health, gateway), health):
        yield f"http://127.0.0.1:{port}"


def is_told(url: str, text: str) -> bool:
    """Tell whether an entry of the list of gateways has a text."""
    with redis.Redis.from_url(url) as client:
        return text.encode() in b"".join(client.hvals(MAIN.gateways()))
