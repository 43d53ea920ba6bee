"""Settings that both programs have, from TICKCAST_* variables or command-line flags."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from tickcast.runtime.redis.address import parse_redis_address
from tickcast.runtime.redis.security import LinkSecurity
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import FEED, FeedNames

MIB = 1024 * 1024
"""Bytes of a mebibyte."""

T = TypeVar("T")


def read_by(parse: Callable[[T], object]) -> AfterValidator:
    """Return the check of a setting that `parse` has to understand, unless it is None: ValueError if not."""

    def check(value: T | None) -> T | None:
        if value is not None:
            parse(value)
        return value

    return AfterValidator(check)


class ProgramSettings(BaseSettings):
    """Settings of one process. Every value is checked and bounded; no other code reads the environment.

    Raises pydantic.ValidationError, whose messages name the setting and the allowed values, and contain
    no password.
    """

    model_config = SettingsConfigDict(
        env_prefix="TICKCAST_", populate_by_name=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    redis_url: Annotated[str, read_by(parse_redis_address)] = Field(
        default="redis://127.0.0.1:6379/0",
        validation_alias=AliasChoices("TICKCAST_REDIS_URL", "REDIS_URL"),
        repr=False,  # it may hold a password
    )
    redis_password_file: Path | None = None
    """File with the password for Redis, such as a container's secret; the user name is in `redis_url`."""
    redis_ca_file: Path | None = None
    """Certificates of the CAs whose servers of Redis are trusted, PEM; None: those of the system."""
    redis_cert_file: Path | None = None
    """Certificate of this program for Redis, with its chain, PEM."""
    redis_key_file: Path | None = None
    """The key of that certificate, PEM; None: it is in the same file."""
    sentinel_user: str | None = Field(default=None, min_length=1, max_length=256)
    """This program's user at Sentinels; None: their default user."""
    sentinel_password_file: Path | None = None
    """File with the password for Sentinels, which are never told the one for Redis."""
    feed: str = Field(default="main", pattern=f"^(?:{FEED.pattern})$")
    """Name of the feed. Feeds on one Redis never hear each other, whatever database their addresses name."""
    partitions: int = Field(default=1, ge=1, le=MAX_PARTITIONS)
    """Number of partitions of the feed, the same for publisher and gateways."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @property
    def link_security(self) -> LinkSecurity:
        """What proves the servers of Redis, and what Sentinels are told."""
        return LinkSecurity(
            self.redis_ca_file,
            self.redis_cert_file,
            self.redis_key_file,
            self.sentinel_user,
            self.sentinel_password_file,
        )

    @property
    def names(self) -> FeedNames:
        """The names of the feed's keys and channels in Redis."""
        return FeedNames(self.feed)


class ControlSettings(ProgramSettings):
    """Settings of a program that asks the Redis of the gateways: that of the feed, or another one."""

    control_url: Annotated[str | None, read_by(parse_redis_address)] = Field(default=None, repr=False)
    """Redis for the list of gateways and messages between them; None: that of the feed."""
    control_password_file: Path | None = None
    """File with the password for it, if `control_url` is set."""

    @property
    def control_address(self) -> tuple[str, Path | None]:
        """Address and password file of the Redis for what gateways tell each other."""
        if self.control_url is None:
            return self.redis_url, self.redis_password_file
        return self.control_url, self.control_password_file
