"""The help of every command shows the defaults, and those that hold."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_settings import BaseSettings
from typer.core import TyperArgument, TyperOption
from typer.main import get_command

from tickcast.access.settings import IssuerSettings
from tickcast.cli.doctor.settings import DoctorSettings
from tickcast.cli.main import app
from tickcast.gateway.settings import GatewaySettings
from tickcast.publisher.delay.settings import DelayerSettings
from tickcast.publisher.settings import PublisherSettings
from tickcast.runtime.settings import MIB, ProgramSettings

SETTINGS: dict[str, tuple[type[BaseSettings], ...]] = {
    "gateway": (GatewaySettings,),
    "publisher": (PublisherSettings,),
    "delayer": (DelayerSettings,),
    "up": (PublisherSettings, GatewaySettings),
    "doctor": (DoctorSettings,),
    "producers": (ProgramSettings,),
    "feeds": (ProgramSettings,),
    "symbols": (ProgramSettings,),
    "token": (IssuerSettings, ProgramSettings),
}
"""Where the default of an option comes from that is None without the option."""

OWN = {("up", "redis_url"): "a new Valkey"}
"""Options that a command has another default for."""

NONE = {
    "auth_audience", "auth_issuer", "auth_keys", "cluster_key_file", "control_password_file", "count",
    "currency", "file", "hand_in_secret_file", "kafka_security_file", "key", "name", "only", "published_at",
    "redis_cert_file", "redis_key_file", "redis_password_file", "reference", "scenario",
    "sentinel_password_file", "sentinel_user", "serve", "subject", "symbols", "tick", "token_file",
}  # fmt: skip
"""Options without a default: what they stand for is not there."""


def parameters(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield command and parameter, of all commands."""
    for parameter in command.params:
        if parameter.name not in ("help", "install_completion", "show_completion", "show_version"):
            yield path, parameter
    for name, each in getattr(command, "commands", {}).items():
        yield from parameters(each, f"{path} {name}".strip())


ALL = [*parameters(get_command(app))]


def default_of(command: str, name: str) -> str | None:
    """Return the default of the settings of a command, as help shows it; None if it has none."""
    if own := OWN.get((command, name)):
        return own
    for settings in SETTINGS.get(command.partition(" ")[0], ()):
        if name in settings.model_fields:
            return shown(settings.model_fields[name].default)
    return None


def shown(value: Any) -> str | None:
    """Return a default as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and value >= MIB:
        return f"{value // MIB} MiB"
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return value if isinstance(value, str) and value else None


def test_all_commands_are_looked_at() -> None:
    assert {path.partition(" ")[0] for path, _ in ALL} >= {*SETTINGS, "tail", "verify", "bench", "conform"}


@pytest.mark.parametrize(("command", "parameter"), ALL, ids=[f"{path}-{each.name}" for path, each in ALL])
def test_help_shows_the_default(command: str, parameter: TyperOption | TyperArgument) -> None:
    context = get_command(app).make_context("tickcast", ["-h"], resilient_parsing=True)
    record = parameter.get_help_record(context)
    assert record is not None
    text = " ".join(record[1].split())
    if parameter.required:
        return
    if parameter.default in (None, "", ()) or callable(parameter.default):
        default = default_of(command, str(parameter.name))
        if default is not None:
            assert f"[default: {default}]" in text
        elif parameter.name not in NONE:
            assert re.search(r"\[default: |; none: |; else ", text), text
    elif parameter.default is not False or parameter.secondary_opts:
        assert re.search(r"\[default: ", text), text
