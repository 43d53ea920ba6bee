"""Publisher settings, from TICKCAST_* variables or command-line flags."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import MAX_SYMBOLS

_SPEED = re.compile(r"max|[0-9]{1,9}(?:\.[0-9]{1,9})?")


def _speed(text: str) -> str:
    if not _SPEED.fullmatch(text) or (text != "max" and not float(text) > 0):
        raise ValueError("a speed is a positive number of times the recorded pace, or max")
    return text


class PublisherSettings(ProgramSettings):
    """Settings of one publisher."""

    source: str = Field(default="simulated", min_length=1, max_length=64)
    """Name of an installed source."""
    symbols: int = Field(default=50, ge=1, le=MAX_SYMBOLS)
    rate: float = Field(default=500.0, gt=0, le=10_000_000, allow_inf_nan=False)
    """Ticks a second over all symbols."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    file: str | None = Field(default=None, min_length=1, max_length=4096)
    speed: Annotated[str, AfterValidator(_speed)] = "1"
    """Times the recorded pace, or `max`."""
    loop: bool = False
    retention: float = Field(default=60.0, ge=1, le=86_400)
    """Seconds that batches are kept in the log."""
    retention_bytes: int = Field(default=256 * MIB, ge=MIB, le=1024**4)
    """Bytes in the log of one partition, at most."""
    bars: bool = True
    """Form bars of a second and a minute."""
    bars_bytes: int = Field(default=128 * MIB, ge=MIB, le=1024**4)
    """Bytes of all symbols' bars in Redis, at most."""
    lease: float = Field(default=2.0, ge=0.5, le=60)
    """Seconds that the lease outlives its last renewal."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)

    @property
    def pace(self) -> float | None:
        """`speed` as a number; None for `max`."""
        return None if self.speed == "max" else float(self.speed)
