"""What can be set of a gateway, from TICKCAST_* in the environment or by flags."""

import os
import re
import socket

from pydantic import Field

from tickcast.runtime.settings import MIB, ProgramSettings
from tickcast.wire.bounds import MAX_SELECTION


def _own_name() -> str:
    # A host name may be longer than an id, and have other characters; the gateway must start there too.
    return re.sub("[^A-Za-z0-9._-]", "-", socket.gethostname())[:50] + f"-{os.getpid()}"


class GatewaySettings(ProgramSettings):
    """Settings of one gateway."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    reuse_port: bool = False
    """Share the port with other gateways of this machine (SO_REUSEPORT)."""
    private_port: int | None = Field(None, ge=1, le=65535)
    """A second port on 127.0.0.1 that reaches this gateway alone."""
    gateway_id: str = Field(default_factory=_own_name, pattern=r"^[A-Za-z0-9._-]{1,64}$")

    ring_seconds: float = Field(60, ge=1, le=3600)
    """How far back a returning client is served exactly, in s."""
    ring_bytes: int = Field(256 * MIB, ge=MIB, le=1024**4)
    """Memory for that, in bytes."""

    max_connections: int = Field(20_000, ge=1, le=1_000_000)
    """Streams; one more is answered with 503."""
    max_symbols: int = Field(1_000, ge=1, le=MAX_SELECTION)
    """Symbols that one stream may name."""
    compress: bool = True
    """Compress streams for clients that accept it."""
    heartbeat: int = Field(5_000, ge=100, le=60_000)
    """Silence after which a stream gets a heartbeat, in ms."""
    max_age: float = Field(86_400, ge=1, le=30 * 86_400)
    """Seconds after which, less up to a fifth, a stream is closed with `bye`, so that clients spread anew."""
    stall: float = Field(30, ge=1, le=3600)
    """Seconds without progress after which a slow consumer is cut."""
    drain: float = Field(10, ge=0, le=3600)
    """Seconds over which streams are closed on SIGTERM."""

    debug: bool = False
    """Show the operator's page, and what it shows: who is connected, in which groups, and who is slow."""
