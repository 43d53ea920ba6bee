"""Settings from flags and TICKCAST_* variables; a wrong value becomes an error of one line."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from tickcast.runtime.errors import UserError

S = TypeVar("S", bound=BaseSettings)


def load_settings(kind: type[S], flags: Mapping[str, Any]) -> S:
    """Return the settings of a program; a flag that is not None overrides its variable.

    Raises UserError, which names the flag or the variable at fault.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = str(first["loc"][0]) if first["loc"] else ""
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
