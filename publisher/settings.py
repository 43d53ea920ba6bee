"""Publisher settings, from TICKCAST_* variables or command-line flags."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from tickcast.access.settings import AccessSettings
from tickcast.publisher.sources.kafka_positions import Start
from tickcast.publisher.sources.times import MAX_AHEAD, TimeUnit
from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import INBOX_BYTES, MAX_REPLICAS, MAX_SYMBOLS
from tickcast.wire.names import delay_of
from tickcast.wire.symbol import Case

MAX_NAMED = 2_000
"""Symbols of an exchange, at most."""

_SPEED = re.compile(r"max|[0-9]{1,9}(?:\.[0-9]{1,9})?")


def _speed(text: str) -> str:
    if not _SPEED.fullmatch(text) or (text != "max" and not float(text) > 0):
        raise ValueError("a speed is a positive number of times the recorded pace, or max")
    return text


def _symbols(value: int | str) -> int | str:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        if not value.strip() or value.count(",") >= MAX_NAMED:
            raise ValueError(
                f"a number, or up to {MAX_NAMED} names with commas between, such as BTC-USD,ETH-USD"
            )
        return value
    number = int(str(value)[:20])
    if not 1 <= number <= MAX_SYMBOLS:
        raise ValueError(f"{number} is not in 1 to {MAX_SYMBOLS}")
    return number


class PublisherSettings(ProgramSettings, AccessSettings):
    """Settings of one publisher."""

    source: str = Field(default="simulated", min_length=1, max_length=64)
    """Name of the source that ticks come from."""
    symbols: Annotated[int | str, AfterValidator(_symbols)] = 50
    """Number of symbols to simulate, or the names of those to read of an exchange, with commas between."""
    rate: float = Field(default=500.0, gt=0, le=10_000_000, allow_inf_nan=False)
    """Ticks per second to simulate, over all symbols."""
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    """Seed of the simulation, to repeat it; None: another one each time."""
    file: str | None = Field(default=None, min_length=1, max_length=4096)
    """Path of the recording to replay."""
    speed: Annotated[str, AfterValidator(_speed)] = "1"
    """Speed of a replay, as a multiple of the recorded pace, or `max`."""
    loop: bool = False
    """Begin the recording again at its end."""
    time_unit: TimeUnit = "us"
    """The unit of the times that a recording or standard input has."""
    nats_url: str = Field(default="nats://127.0.0.1:4222", min_length=1, max_length=4096)
    """URLs of NATS servers, with commas between."""
    nats_subject: str = Field(default="tickcast.>", min_length=1, max_length=1024)
    """The subject of NATS whose messages are read."""
    kafka_servers: str = Field(default="127.0.0.1:9092", min_length=1, max_length=4096)
    """Addresses of Kafka brokers, with commas between."""
    kafka_topic: str = Field(default="tickcast", min_length=1, max_length=249)
    """The topic of Kafka that is read."""
    kafka_group: str | None = Field(default=None, min_length=1, max_length=255)
    """The group under which Kafka keeps how far the topic was read; None: `tickcast-` and the feed."""
    kafka_start: Start = "newest"
    """Where a topic is read from that was not read before; `live`: always from the newest message on."""
    kafka_security_file: Path | None = None
    """File that says how to connect to Kafka: TLS, user and password."""
    exchange_url: str | None = Field(default=None, min_length=1, max_length=4096)
    """URL of an exchange's websocket; None: the exchange's own."""
    exchange_quiet: float | None = Field(default=None, ge=1, le=86_400)
    """Seconds without a message of a symbol after which it is stale; None: as the exchange allows."""
    max_ahead: float = Field(default=MAX_AHEAD, ge=0, le=10_000_000_000)
    """Seconds that a time may be ahead of this machine's clock, at most."""
    symbol_case: Case = "upper"
    """Whether the symbols of the source become upper-case, or keep their case."""
    retention: float = Field(default=60.0, ge=1, le=86_400)
    """Seconds that a batch stays in the log."""
    retention_bytes: int = Field(default=256 * MIB, ge=MIB, le=1024**4)
    """Most bytes in the log of one partition."""
    bars: bool = True
    """Form bars of one second and of one minute."""
    bars_bytes: int = Field(default=128 * MIB, ge=MIB, le=1024**4)
    """Most bytes in Redis for the final bars of all symbols."""
    stale_after: float = Field(default=0.0, ge=0, le=10_000_000, allow_inf_nan=False)
    """Seconds without a tick after which a symbol is stale; 0: only if its source says so."""
    retire_after: float = Field(default=0.0, ge=0, le=10_000_000, allow_inf_nan=False)
    """Seconds without a tick after which a symbol is retired; 0: never."""
    retire_grace: float = Field(default=60.0, ge=0, le=86_400, allow_inf_nan=False)
    """Seconds that a source has for a tick of each symbol that another source left; then it is retired."""
    lease: float = Field(default=2.0, ge=0.5, le=60)
    """Seconds that a lease is valid after its last renewal; then a standby may lead."""
    metrics_host: str = "127.0.0.1"
    """Address of the metrics port."""
    metrics_port: int | None = Field(default=None, ge=1, le=65_535)
    """Port that serves metrics to Prometheus; None: no metrics."""
    inbox_bytes: int = Field(default=INBOX_BYTES, ge=MIB, le=1024**4)
    """Most bytes in the inbox of one partition, for what comes in over HTTP."""
    inbox_replicas: int = Field(default=0, ge=0, le=MAX_REPLICAS)
    """Replicas of Redis that must have what comes in over HTTP before it counts as taken."""
    hand_in_host: str = "127.0.0.1"
    """Address of the port that takes ticks over HTTP."""
    hand_in_port: int | None = Field(default=None, ge=1, le=65_535)
    """Port that takes ticks over HTTP; None: none does."""
    hand_in_secret_file: Path | None = None
    """File with the secret that a request to this port has to bring."""

    @model_validator(mode="after")
    def _check_feed(self) -> "PublisherSettings":
        if delay_of(self.feed) and self.source != "delayed":
            raise ValueError("feed: a name that ends so is that of a delayed feed, which a delayer writes")
        return self

    @property
    def consumer_group(self) -> str:
        """The group under which Kafka keeps how far the topic was read."""
        return f"tickcast-{self.feed}" if self.kafka_group is None else self.kafka_group

    @property
    def named_symbols(self) -> tuple[str, ...]:
        """The symbols that are named; none if their number is."""
        if isinstance(self.symbols, int):
            return ()
        return tuple(name for each in self.symbols.split(",") if (name := each.strip()))

    @property
    def pace(self) -> float | None:
        """`speed` as a number; None for `max`."""
        return None if self.speed == "max" else float(self.speed)
