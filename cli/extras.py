"""The packages that each command needs, and the extra of the distribution that installs them."""

from collections.abc import Sequence
from importlib.util import find_spec

MODULES = {
    "gateway": (*("prometheus_client", "pydantic_settings", "starlette", "structlog", "typer", "uvicorn"),),
    "publisher": ("numpy", "prometheus_client", "pydantic_settings", "structlog", "typer", "uvicorn"),
    "auth": ("httpx2", "jwt"),
    "cli": ("httpx2", "pydantic_settings", "rich", "typer"),
}
"""Modules of an extra, as they are imported."""

EXTRAS = {
    "up": ("auth", "cli", "gateway", "publisher"),
    "tail": ("cli",),
    "verify": ("cli",),
    "doctor": ("cli",),
    "conform": ("cli",),
    "feeds": ("cli",),
    "producers": ("cli",),
    "symbols": ("cli",),
    "token": ("auth", "cli"),
    "gateway": ("gateway",),
    "publisher": ("publisher",),
    "delayer": ("publisher",),
    # The bench runs from the repository alone, and says so itself.
    "bench": (),
}
"""Command -> the extras that it needs. `up` runs without the rest of its own, an embedded Valkey."""


def lacking(arguments: Sequence[str]) -> str:
    """Return what is missing to run `tickcast` with these arguments, in one line; empty if nothing is.

    Without a command it needs what shows the help.
    """
    command = next((each for each in arguments if not each.startswith("-")), "")
    extras = EXTRAS.get(command, ())
    needed = {module for extra in extras for module in MODULES[extra]} | {"typer"}
    missing = sorted(module for module in needed if find_spec(module) is None)
    if not missing:
        return ""
    what = f"tickcast {command}".rstrip()
    extra = extras[0] if len(extras) == 1 else "up"
    return f"{what} needs {', '.join(missing)}, not installed here: pip install 'tickcast[{extra}]'"
