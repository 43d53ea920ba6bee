"""Centrifugo 6: configures, starts and feeds it.

Memory engine, because one node is measured; no history and no recovery, which its unidirectional SSE cannot
use after a reconnection; no log. This is its best case: a channel for each symbol, many channels on one
connection, and messages that arrive together written together.
"""

import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import orjson

from tickcast.bench.process import Process, wait_for
from tickcast.bench.stack import Stack, answers
from tickcast.runtime.ports import free_ports

SETTINGS = (
    "Centrifugo: unidirectional SSE, memory engine, no history, anonymous subscribers, GOMAXPROCS=1; "
    "fed by /api/batch, pipelined"
)


def missing() -> str:
    """Return the reason why it cannot be measured here, "" if it can."""
    return "" if shutil.which("centrifugo") else "centrifugo is not on PATH"


def target(symbols: str) -> str:
    """Return the request target for a comma list of symbols."""
    wanted: dict[str, dict[str, object]] = {"subs": {symbol: {} for symbol in symbols.split(",")}}
    return f"/connection/uni_sse?cf_connect={quote(orjson.dumps(wanted))}"


def config(port: int, key: str) -> bytes:
    """Return the configuration file."""
    return orjson.dumps(
        {
            "http_server": {"address": "127.0.0.1", "port": port},
            "log": {"level": "error"},
            "engine": {"type": "memory"},
            "health": {"enabled": True},
            "http_api": {"key": key},
            "uni_sse": {"enabled": True},
            "websocket": {"disabled": True},
            "client": {"allow_anonymous_connect_without_token": True},
            "channel": {
                "without_namespace": {
                    "allow_subscribe_for_client": True,
                    "allow_subscribe_for_anonymous": True,
                }
            },
        },
    )


def argv(file: Path) -> list[str]:
    """Return its command line."""
    return ["/usr/bin/env", "GOMAXPROCS=1", shutil.which("centrifugo") or "centrifugo", "--config", str(file)]


@contextmanager
def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
    """Start Centrifugo on the measured core, and its feeder on another core."""
    (port,) = free_ports(1)
    key = secrets.token_hex(16)
    file = stack.directory / f"centrifugo-{port}.json"
    file.write_bytes(config(port, key))
    feed = [sys.executable, "-m", "tickcast.bench.rivals.centrifugo_feeder", str(port), stack.redis_url, key]
    with stack.start("centrifugo", argv(file), measured=True) as process:
        wait_for(lambda: answers(port, "/health"), "Centrifugo is ready", processes=[process])
        with stack.start("centrifugo feeder", feed) as feeder:
            yield process, port
            feeder.check()
