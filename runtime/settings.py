"""Settings that publisher and gateway share, from command-line flags or TICKCAST_* variables."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickcast.runtime.redis.address import parse_redis_address
from tickcast.wire.bounds import MAX_PARTITIONS

MIB = 1024 * 1024
"""Bytes."""


def _redis_url(url: str) -> str:
    parse_redis_address(url)
    return url


class ProgramSettings(BaseSettings):
    """Settings of one process. Every value is checked and bounded; a program reads its settings nowhere else.

    Raises pydantic.ValidationError, whose messages name the setting and the allowed values, and contain
    no password.
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
    """A file with the password of Redis, such as a container secret; the user name is in the address."""
    partitions: int = Field(default=1, ge=1, le=MAX_PARTITIONS)
    """Partitions of the feed; publisher and gateways must have the same number."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
