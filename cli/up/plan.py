"""What `up` will run: every setting checked, every address chosen, nothing started yet."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tickcast.cli.redis_link import check_redis, valkey_argv
from tickcast.cli.settings import load_settings
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.program import source_maker
from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.source import SourceError
from tickcast.runtime.errors import UserError
from tickcast.runtime.ports import free_ports, reserve

DRAIN = 1.5
"""Seconds in which gateways close their streams: all must be gone 5 s after Ctrl-C."""


@dataclass(frozen=True)
class Plan:
    """Addresses and command lines."""

    page: str
    """The address that the gateways share."""
    gateways: dict[str, list[str]]
    """Name -> command line."""
    private: dict[str, str]
    """Name -> the gateway's own address."""
    shows_debug: bool
    """The operator's page is at `/debug` of each."""
    publisher: list[str]
    reads_stdin: bool
    valkey: list[str] | None
    """None where a Redis was named."""
    redis_port: int | None


@contextlib.contextmanager
def make_plan(
    host: str | None,
    port: int | None,
    gateways: int,
    redis_url: str | None,
    feed: Mapping[str, Any],
    log_level: str,
    debug: bool | None = None,
) -> Iterator[Plan]:
    """Give a plan and hold its port meanwhile. None leaves a value to the environment.

    Raises UserError for whatever would go wrong in a moment.
    """
    common = {"redis_url": redis_url, "log_level": log_level}
    listen = load_settings(GatewaySettings, {**common, "host": host, "port": port or None, "debug": debug})
    publisher = load_settings(PublisherSettings, {**common, **feed})
    _check_source(publisher)
    own, *private = free_ports(gateways + 1)
    valkey = None
    if "redis_url" in listen.model_fields_set:
        check_redis(listen.redis_url)
        # From the environment it reaches the children by itself; an argument would show it to all.
        to_redis = _arguments({"redis_url": redis_url})
    else:
        valkey = valkey_argv(own)
        to_redis = _arguments({"redis_url": f"redis://127.0.0.1:{own}/0"})
    with reserve(listen.host, 0 if port == 0 else listen.port) as holder:
        shared = holder.getsockname()[1]
        names = [f"gateway-{number}" for number in range(1, gateways + 1)]
        base = {"host": listen.host, "port": shared, "reuse_port": True, "drain": DRAIN, "debug": debug}
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
            publisher=_command("publisher", feed, log_level) + to_redis,
            reads_stdin=publisher.source == "stdin",
            valkey=valkey,
            redis_port=own if valkey else None,
        )


def _check_source(settings: PublisherSettings) -> None:
    """Let the source say, before anything starts, that it cannot run."""
    try:
        source_maker(settings)
    except SourceError as error:
        raise UserError(str(error), 2) from None


def _command(program: str, options: Mapping[str, Any], log_level: str) -> list[str]:
    # -P keeps a folder called `tickcast` in the working directory out of the way.
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
            # One word, or a value that begins with a dash would be taken for an option.
            words.append(f"--{flag}={value}")
    return words


def _address(host: str, port: int) -> str:
    """Return the URL for somebody on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
