"""Gateway settings, from TICKCAST_* variables or command-line flags."""

import os
import re
import socket
from typing import Annotated

from pydantic import AfterValidator, Field

from tickcast.runtime.networks import parse_networks
from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import MAX_SELECTION


def _own_name() -> str:
    # A host name may be longer than an id and have other characters. The gateway must start there too.
    return re.sub("[^A-Za-z0-9._-]", "-", socket.gethostname())[:50] + f"-{os.getpid()}"


def _networks(text: str) -> str:
    parse_networks(text)
    return text


class GatewaySettings(ProgramSettings):
    """Settings of one gateway. Raises pydantic.ValidationError; see ProgramSettings."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8080, ge=1, le=65535)
    """Port to listen on."""
    reuse_port: bool = False
    """Share the port with other gateways on this machine (SO_REUSEPORT).

    This gateway listens on it from when it is ready until it drains.
    """
    private_port: int | None = Field(None, ge=1, le=65535)
    """A second port, on 127.0.0.1, that only this gateway listens on."""
    gateway_id: str = Field(default_factory=_own_name, pattern=r"^[A-Za-z0-9._-]{1,64}$")
    """Name in `hello`, and address for changes of this gateway's streams; unique among the gateways."""

    ring_seconds: float = Field(60, ge=1, le=3600)
    """Seconds of recent ticks in memory: a client that comes back within them resumes exactly."""
    ring_bytes: int = Field(256 * MIB, ge=MIB, le=1024**4)
    """Memory for recent ticks, in bytes; the oldest are dropped beyond it."""

    max_lag: int = Field(3_000, ge=500, le=600_000)
    """Milliseconds, by Redis's clock, that the newest applied batch or heartbeat may be old in a live feed.

    A gateway that is further behind what Redis has is stale and unready.
    """

    max_connections: int = Field(20_000, ge=1, le=1_000_000)
    """Most open streams; further requests for a stream are refused, or put off (`http/admission.py`)."""
    max_symbols: int = Field(1_000, ge=1, le=MAX_SELECTION)
    """Most entries in the symbol list of one stream."""
    stream_bytes: int = Field(128 * MIB, ge=MIB, le=1024**4)
    """Memory for all streams, in bytes: their lists, and what waits for slow clients.

    One address may hold a quarter of it. More streams are refused with 429 or 503 (`streams/bounds.py`).
    """
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = ""
    """Networks of proxies, with commas between, whose `X-Forwarded-For` says where a client comes from."""
    compress: bool = True
    """Compress streams for clients that accept zstd or gzip."""
    heartbeat: int = Field(5_000, ge=100, le=60_000)
    """Milliseconds without an event after which a stream gets a heartbeat."""
    max_age: float = Field(86_400, ge=1, le=30 * 86_400)
    """Greatest age of a stream in seconds, less up to a fifth at random.

    It ends with `bye`, and its client reconnects: so clients spread over all gateways again.
    """
    stall: float = Field(30, ge=1, le=3600)
    """Seconds after which a connection is cut if its client reads nothing of what waits for it."""
    drain: float = Field(10, ge=0, le=3600)
    """Seconds over which SIGTERM closes all streams."""

    rest_above: float = Field(55, ge=10, le=100)
    """Percent of the time that the event loop may be busy; above it, rests make frames larger and fewer."""

    debug: bool = False
    """Serve the operator's page and `/v1/debug`: gateways, groups of streams, and slow streams."""
