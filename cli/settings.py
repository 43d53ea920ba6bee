"""Settings from flags and TICKCAST_* variables; a wrong value becomes an error of one line."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from tickcast.runtime.errors import UserError
from tickcast.runtime.urls import holds_password

_WAYS_OUT = {
    name: f"put it into a file ({flag}), or the address into {variable}"
    for name, flag, variable in (
        ("redis_url", "--redis-password-file", "REDIS_URL"),
        ("control_url", "--control-password-file", "TICKCAST_CONTROL_URL"),
    )
}
"""What to do with an address that has a password."""

S = TypeVar("S", bound=BaseSettings)


def load_settings(kind: type[S], flags: Mapping[str, Any]) -> S:
    """Return the settings of a program; a flag that is not None overrides its variable.

    Raises UserError, which names the flag or the variable at fault, also for a flag with a password in it:
    all users of a machine see the flags of its processes.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    for name, value in given.items():
        if isinstance(value, str) and holds_password(value):
            flag, way_out = (
                name.replace("_", "-"),
                _WAYS_OUT.get(name, f"set TICKCAST_{name.upper()} instead"),
            )
            raise UserError(f"--{flag}: its password would stand in the list of processes; {way_out}", 2)
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if not first["loc"]:
            # Settings that do not go together; their values may be secrets.
            raise UserError(str(first["msg"]).removeprefix("Value error, "), 2) from None
        place = str(first["loc"][0])
        raise UserError(f"{_name(place, given)}: {_reason(place, dict(first))}", 2) from None


def _name(place: str, given: Mapping[str, Any]) -> str:
    field = place.lower().removeprefix("tickcast_")
    if field in given:
        return "--" + field.replace("_", "-")
    # pydantic names an alias as the environment has it.
    return place if place.isupper() else f"TICKCAST_{place.upper()}"


def _reason(place: str, error: dict[str, Any]) -> str:
    reason = str(error["msg"]).removeprefix("Value error, ")
    # A Redis address may hold a password, and logs may keep this line.
    if "redis" in place.lower():
        return reason
    return f"{str(error['input'])[:80]!r} will not do: {reason[:1].lower()}{reason[1:]}"
