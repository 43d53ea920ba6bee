"""Settings of a delayer, from TICKCAST_* variables or command-line flags."""

from pydantic import Field, model_validator

from tickcast.publisher.settings import PublisherSettings
from tickcast.publisher.shape import Shape
from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import MAX_DELAY_MINUTES
from tickcast.wire.names import DelayedNames, delayed_feed


class DelayerSettings(ProgramSettings):
    """Settings of one delayer. `feed` is the one that it delays."""

    delay_minutes: float = Field(default=15.0, gt=0, le=MAX_DELAY_MINUTES, allow_inf_nan=False)
    """Minutes by which the feed is delayed; part of one is allowed, down to a ms."""
    delay_bytes: int = Field(default=256 * MIB, ge=MIB, le=1024**4)
    """Most bytes of one partition that wait in Redis until they are due."""
    retention: float = Field(default=60.0, ge=1, le=86_400)
    """Seconds that a batch stays in the log of the delayed feed."""
    retention_bytes: int = Field(default=256 * MIB, ge=MIB, le=1024**4)
    """Most bytes in that log, of one partition."""
    bars: bool = True
    """Form bars of the delayed ticks."""
    bars_bytes: int = Field(default=128 * MIB, ge=MIB, le=1024**4)
    """Most bytes in Redis for the final bars of all symbols."""
    lease: float = Field(default=2.0, ge=0.5, le=60)
    """Seconds that a lease is valid after its last renewal; then a standby may lead."""
    metrics_host: str = "127.0.0.1"
    """Address of the metrics port."""
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """Port that serves metrics to Prometheus; None: no metrics."""

    @model_validator(mode="after")
    def _check_name(self) -> "DelayerSettings":
        if self.delay < 1:
            raise ValueError("delay_minutes: a delay has 1 ms at least")
        delayed_feed(self.feed, self.delay)
        return self

    @property
    def delay(self) -> int:
        """The delay in ms."""
        return round(self.delay_minutes * 60_000)

    @property
    def delayed_names(self) -> DelayedNames:
        """The names of the delayed feed."""
        return DelayedNames(delayed_feed(self.feed, self.delay))

    def as_publisher(self, shape: Shape | None = None) -> PublisherSettings:
        """Return the settings of the publisher that writes the delayed feed, in the shape of the other."""
        # Without the variables that are meant for publishers.
        fields = PublisherSettings.model_fields
        found = {name: each.get_default(call_default_factory=True) for name, each in fields.items()}
        found |= {name: value for name, value in self if name in fields}
        # The times of its ticks were checked before.
        found |= {"feed": self.delayed_names.feed, "source": "delayed", "max_ahead": 1e10}
        if shape is not None:
            found |= {"partitions": shape.partitions, "symbol_case": shape.case}
        return PublisherSettings(**found)
