"""Settings that both programs have, from TICKCAST_* variables or command-line flags."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickcast.runtime.redis.address import parse_redis_address
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import FEED, FeedNames

MIB = 1024 * 1024
"""Bytes of a mebibyte."""


def _redis_url(url: str) -> str:
    parse_redis_address(url)
    return url


class ProgramSettings(BaseSettings):
    """Settings of one process. Every value is checked and bounded; no other code reads the environment.

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
    """File with the password for Redis, such as a container's secret; the user name is in `redis_url`."""
    feed: str = Field(default="main", pattern=f"^(?:{FEED.pattern})$")
    """Name of the feed. Feeds on one Redis never hear each other, whatever database their addresses name."""
    partitions: int = Field(default=1, ge=1, le=MAX_PARTITIONS)
    """Number of partitions of the feed, the same for publisher and gateways."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @property
    def names(self) -> FeedNames:
        """The names of the feed's keys and channels in Redis."""
        return FeedNames(self.feed)
