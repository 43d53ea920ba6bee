"""The plan of `up`: checks every setting and chooses every address before anything starts."""

import contextlib
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tickcast.cli.ignored_options import refuse_ignored
from tickcast.cli.redis_link import check_redis, valkey_argv
from tickcast.cli.settings import load_settings
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.program import source_maker
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError
from tickcast.runtime.errors import UserError
from tickcast.runtime.ports import free_ports, reserve

DRAIN = 1.5
"""Seconds in which gateways close their streams: everything must have ended 5 s after Ctrl-C."""


@dataclass(frozen=True)
class Plan:
    """The addresses and command lines of all children."""

    page: str
    """The URL that the gateways share."""
    gateways: dict[str, list[str]]
    """Name -> command line."""
    private: dict[str, str]
    """Name -> URL of that gateway alone."""
    shows_debug: bool
    """Gateways serve the operator's page at `/debug`."""
    publisher: list[str]
    reads_stdin: bool
    valkey: list[str] | None
    """Command line; None where the user named a Redis."""
    redis_port: int | None
    port: int
    """The port that the gateways share."""
    feed: str


@contextlib.contextmanager
def make_plan(
    host: str | None,
    port: int | None,
    gateways: int,
    redis_url: str | None,
    feed: Mapping[str, Any],
    log_level: str,
    debug: bool | None = None,
    name: str | None = None,
) -> Iterator[Plan]:
    """Yield a plan, and hold the shared port until the block ends. None leaves a value to the environment.

    `feed` has the options of the source, `name` is what the feed is called.

    Raises UserError for a fault that would end a child at its start.
    """
    common = {"redis_url": redis_url, "log_level": log_level, "feed": name}
    listen = load_settings(GatewaySettings, {**common, "host": host, "port": port or None, "debug": debug})
    publisher = load_settings(PublisherSettings, {**common, **feed})
    refuse_ignored(publisher.source, feed)
    _check_source(publisher)
    own, *private = free_ports(gateways + 1)
    valkey = None
    if "redis_url" in listen.model_fields_set:
        check_redis(listen.redis_url, listen.redis_password_file, listen.link_security)
        # Children inherit REDIS_URL; an argument would show a password in the list of processes.
        to_redis = _arguments({"redis_url": redis_url})
    else:
        valkey = valkey_argv(own)
        to_redis = _arguments({"redis_url": f"redis://127.0.0.1:{own}/0"})
    key_file = listen.cluster_key_file
    with (
        _key_of(None if key_file else secrets.token_hex(32)) as made,
        reserve(listen.host, 0 if port == 0 else listen.port) as holder,
    ):
        shared = holder.getsockname()[1]
        names = [f"gateway-{number}" for number in range(1, gateways + 1)]
        base = {"host": listen.host, "port": shared, "reuse_port": True, "drain": DRAIN, "debug": debug}
        base |= {"feed": name, "cluster_key_file": key_file or made}
        yield Plan(
            page=_address(listen.host, shared),
            gateways={
                name: _command("gateway", {**base, "gateway_id": name, "private_port": number}, log_level)
                + to_redis
                for name, number in zip(names, private, strict=True)
            },
            private={
                name: _address("127.0.0.1", number) for name, number in zip(names, private, strict=True)
            },
            shows_debug=listen.debug,
            publisher=_command("publisher", {**feed, "feed": name}, log_level) + to_redis,
            reads_stdin=publisher.source == "stdin",
            valkey=valkey,
            redis_port=own if valkey else None,
            port=shared,
            feed=listen.feed,
        )


@contextlib.contextmanager
def _key_of(key: str | None) -> Iterator[Path | None]:
    """Yield a file with a key for the gateways, which only this user may read, and remove it; None: none."""
    if key is None:
        yield None
        return
    with TemporaryDirectory(prefix="tickcast-") as folder:
        file = Path(folder) / "cluster_key"
        file.touch(0o600)
        file.write_text(key, "ascii")
        yield file


def _check_source(settings: PublisherSettings) -> None:
    """Raise UserError if the source cannot run."""
    try:
        source_maker(settings)
    except SourceError as error:
        raise UserError(str(error), 2) from None


def _command(program: str, options: Mapping[str, Any], log_level: str) -> list[str]:
    # -P: Python must not import a folder called `tickcast` from the working directory.
    return [
        sys.executable,
        "-P",
        "-m",
        "tickcast.cli.main",
        program,
        "--log-level",
        log_level,
        *_arguments(options),
    ]


def _arguments(options: Mapping[str, Any]) -> list[str]:
    words = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if value is True or value is False:
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            # As one word: a value that begins with a dash would look like an option.
            words.append(f"--{flag}={value}")
    return words


def _address(host: str, port: int) -> str:
    """Return the URL that works on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
