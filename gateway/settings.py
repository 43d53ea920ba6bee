"""Gateway settings, from TICKCAST_* variables or command-line flags."""

import os
import re
import socket

from pydantic import Field

from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import MAX_SELECTION


def _own_name() -> str:
    # A host name may be longer than an id, or have other characters; the gateway must start there too.
    return re.sub("[^A-Za-z0-9._-]", "-", socket.gethostname())[:50] + f"-{os.getpid()}"


class GatewaySettings(ProgramSettings):
    """Settings of one gateway. Raises pydantic.ValidationError; see ProgramSettings."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8080, ge=1, le=65535)
    """Port to listen on."""
    reuse_port: bool = False
    """Share the port with other gateways on this machine (SO_REUSEPORT)."""
    private_port: int | None = Field(None, ge=1, le=65535)
    """A second port on 127.0.0.1 that reaches this gateway alone."""
    gateway_id: str = Field(default_factory=_own_name, pattern=r"^[A-Za-z0-9._-]{1,64}$")
    """Name of this gateway, unique in the cluster; host name and process id by default."""

    ring_seconds: float = Field(60, ge=1, le=3600)
    """Seconds of the feed that the ring keeps; a client that returns within them misses nothing."""
    ring_bytes: int = Field(256 * MIB, ge=MIB, le=1024**4)
    """Bytes of memory for the ring, at most."""

    max_connections: int = Field(20_000, ge=1, le=1_000_000)
    """Open streams, at most; a further one gets 503."""
    max_symbols: int = Field(1_000, ge=1, le=MAX_SELECTION)
    """Entries of one stream's list of symbols, at most."""
    compress: bool = True
    """Compress streams for clients that accept gzip or zstd."""
    heartbeat: int = Field(5_000, ge=100, le=60_000)
    """Milliseconds of silence after which a stream gets a heartbeat."""
    max_age: float = Field(86_400, ge=1, le=30 * 86_400)
    """Seconds until a stream is closed with `bye`, less up to a fifth: clients spread over the gateways."""
    stall: float = Field(30, ge=1, le=3600)
    """Seconds without progress after which a slow consumer is cut."""
    drain: float = Field(10, ge=0, le=3600)
    """Seconds over which streams are closed on SIGTERM."""

    debug: bool = False
    """Serve the operator's page and its data: groups of streams, slow streams, other gateways."""
