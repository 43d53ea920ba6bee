"""What can be set of either program, from arguments or the environment (`TICKCAST_…`)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickcast.runtime.redis.address import parse_redis_address
from tickcast.wire.bounds import MAX_PARTITIONS

MIB = 1024 * 1024


def _redis_url(url: str) -> str:
    parse_redis_address(url)
    return url


class ProgramSettings(BaseSettings):
    """Settings of one process; every value is checked and bounded, and none is read elsewhere.

    Raises pydantic.ValidationError, whose messages name the setting and what is allowed, and hold no
    password.
    """

    model_config = SettingsConfigDict(
        env_prefix="TICKCAST_", populate_by_name=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(
        default="redis://127.0.0.1:6379/0",
        validation_alias=AliasChoices("TICKCAST_REDIS_URL", "REDIS_URL"),
        repr=False,  # it may hold a password
    )
    redis_password_file: Path | None = None
    """A file that holds Redis's password, as container secrets come; the user stands in the address."""
    partitions: int = Field(default=1, ge=1, le=MAX_PARTITIONS)
    """Partitions of the feed; publisher and gateways must have the same."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
