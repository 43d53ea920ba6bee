"""Mercure, the hub in Caddy: configures, starts and feeds it.

Local transport, which keeps no history: the cheapest according to its documentation. Anonymous subscribers,
no time limit of connections, no log. The binary is `mercure`, or a `caddy` with the module. Version 1 changed
the configuration, the claims of tokens and the query of subscribers; this module supports both generations.
"""

import base64
import hashlib
import hmac
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import orjson

from tickcast.bench.process import Process, wait_for
from tickcast.bench.stack import Stack, answers
from tickcast.runtime.ports import free_ports

SETTINGS = (
    "Mercure: local transport (no history), anonymous subscribers, no write_timeout, no log, GOMAXPROCS=1; "
    "fed by pipelined POSTs"
)

ISSUER = "https://bench.invalid"
AUDIENCE = "https://bench.invalid/.well-known/mercure"
DETAIL = "https://mercure.rocks/authorization-detail"
VALID = 3600
"""Seconds for which the publisher's token is valid."""

_CADDYFILE = """{{
  admin off
  auto_https off
  persist_config off
  storage file_system {directory}
  log {{
    level ERROR
  }}
}}
http://:{port} {{
  bind 127.0.0.1
  respond /healthz 200
  mercure {{
    transport local
    anonymous
    write_timeout 0s
{keys}
  }}
}}
"""

_KEYS = """    issuer {issuer} {{
      publisher {{
        jwt {secret} HS256
      }}
    }}
    resource_identifier {audience}"""

_OLD_KEYS = """    publisher_jwt {secret} HS256
    subscriber_jwt {secret} HS256"""


class Hub(NamedTuple):
    """An installed hub."""

    binary: str
    major: int
    """0 or 1; a build without a version counts as version 1."""


@cache
def installed() -> Hub | None:
    """Return the hub on PATH; None if there is none."""
    for name in ("mercure", "caddy"):
        binary = shutil.which(name)
        if binary is None:
            continue
        listed = subprocess.run(
            [binary, "list-modules", "--versions"], capture_output=True, text=True, check=False, timeout=30
        )
        if found := re.search(r"^http\.handlers\.mercure(?: v([0-9]+)\.)?", listed.stdout, re.MULTILINE):
            return Hub(binary, int(found[1] or 1))
    return None


def missing() -> str:
    """Return the reason why it cannot be measured here, "" if it can."""
    return "" if installed() else "neither mercure nor a caddy with its module is on PATH"


def target(symbols: str) -> str:
    """Return the request target for a comma list of symbols."""
    hub = installed()
    name = "topic" if hub is not None and hub.major < 1 else "match"
    return "/.well-known/mercure?" + "&".join(f"{name}={symbol}" for symbol in symbols.split(","))


def caddyfile(hub: Hub, directory: Path, port: int, secret: str) -> str:
    """Return the configuration file."""
    keys = _OLD_KEYS if hub.major < 1 else _KEYS
    filled = keys.format(issuer=ISSUER, audience=AUDIENCE, secret=secret)
    return _CADDYFILE.format(directory=directory, port=port, keys=filled)


def argv(hub: Hub, file: Path) -> list[str]:
    """Return its command line."""
    return [
        "/usr/bin/env",
        "GOMAXPROCS=1",
        hub.binary,
        "run",
        "--config",
        str(file),
        "--adapter",
        "caddyfile",
    ]


def token(secret: str, now: float) -> str:
    """Return a publisher's token (RFC 9068, HS256) for every topic, valid for an hour from `now`, s."""
    claims = {
        "iss": ISSUER,
        "sub": ISSUER,
        "client_id": ISSUER,
        "aud": AUDIENCE,
        "iat": int(now),
        "exp": int(now) + VALID,
        "jti": f"urn:uuid:{secrets.token_hex(16)}",
        "authorization_details": [{"type": DETAIL, "actions": ["publish"], "topics": [{"match": "*"}]}],
        # Hubs before version 1 read this claim instead.
        "mercure": {"publish": ["*"]},
    }
    signed = b".".join(map(_part, ({"alg": "HS256", "typ": "at+jwt"}, claims)))
    proof = hmac.new(secret.encode("ascii"), signed, hashlib.sha256).digest()
    return (signed + b"." + _base64(proof)).decode("ascii")


def _part(value: object) -> bytes:
    return _base64(orjson.dumps(value))


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@contextmanager
def serve(stack: Stack) -> Iterator[tuple[Process, int]]:
    """Start Mercure on the measured core, and its feeder on another core. Mercure must be installed."""
    hub = installed()
    assert hub is not None
    (port,) = free_ports(1)
    secret = secrets.token_hex(32)
    directory = stack.directory / f"mercure-{port}"
    directory.mkdir()
    file = directory / "Caddyfile"
    file.write_text(caddyfile(hub, directory, port, secret))
    bearer = token(secret, time.time())
    feed = [sys.executable, "-m", "tickcast.bench.rivals.mercure_feeder", str(port), stack.redis_url, bearer]
    with stack.start("mercure", argv(hub, file), measured=True) as process:
        wait_for(lambda: answers(port, "/healthz"), "Mercure is ready", processes=[process])
        with stack.start("mercure feeder", feed) as feeder:
            yield process, port
            feeder.check()
