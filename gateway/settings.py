"""Gateway settings, from TICKCAST_* variables or command-line flags."""

import re
import secrets
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from tickcast.access.settings import AccessSettings
from tickcast.runtime.hosts import is_loopback, parse_hosts
from tickcast.runtime.key_file import read_keys
from tickcast.runtime.networks import parse_networks
from tickcast.runtime.origins import parse_origins
from tickcast.runtime.settings import MIB, ControlSettings, read_by
from tickcast.wire.bounds import MAX_DELAY_MINUTES, MAX_SELECTION

MAX_DELAYS = 8
"""Delayed feeds that a gateway serves, at most."""

_MINUTES = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,20})?")


def _own_name() -> str:
    # Every client sees it: it tells neither host nor process.
    return f"gw-{secrets.token_hex(4)}"


def parse_delays(text: str) -> list[int]:
    """Return the delays in a comma list of minutes, in ms, ascending, each once. Raises ValueError."""
    found = set()
    for part in filter(None, map(str.strip, text.split(","))):
        delay = round(float(part) * 60_000) if _MINUTES.fullmatch(part) else 0
        if not 0 < delay <= MAX_DELAY_MINUTES * 60_000:
            most = MAX_DELAY_MINUTES
            raise ValueError(f"{part[:20]!r}: minutes such as 15 are needed, more than 0 and at most {most}")
        found.add(delay)
    if len(found) > MAX_DELAYS:
        raise ValueError(f"{len(found)} delays; at most {MAX_DELAYS} are allowed, as each takes memory")
    return sorted(found)


def _private_port(port: int | None, checked: ValidationInfo) -> int | None:
    if port is not None and port == checked.data.get("port"):
        raise ValueError("the private port is another one than the public port")
    return port


class GatewaySettings(ControlSettings, AccessSettings):
    """Settings of one gateway. Raises pydantic.ValidationError; see ProgramSettings."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(8080, ge=1, le=65535)
    """Port to listen on."""
    reuse_port: bool = False
    """Share the port with other gateways on this machine (SO_REUSEPORT).

    This gateway listens on it from when it is ready until it drains.
    """
    private_host: str = "127.0.0.1"
    """Address of the private port."""
    private_port: Annotated[int | None, Field(ge=1, le=65535), AfterValidator(_private_port)] = None
    """A second port that only this gateway listens on, for metrics and the operator's page alone.

    None: the public port serves these, if it is on a loopback address; else nothing does.
    """
    gateway_id: str = Field(default_factory=_own_name, pattern=r"^[A-Za-z0-9._-]{1,64}$")
    """Name in `hello`, unique among the gateways."""

    cluster_key_file: Annotated[Path | None, read_by(read_keys)] = None
    """File with the key by which gateways sign ids of streams, and messages; the same for all.

    It is read again when it changes (`cluster/key_file.py`). None: they keep one in Redis.
    """

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
    work: float = Field(100, ge=1, le=1000)
    """Milliseconds of CPU time in each second for what the clients of one address ask for; 1000: no bound.

    All addresses together may have four times as much (`limits/work.py`).
    """
    auth_parameter: bool = False
    """Take tokens from the query, as `access_token`, too: logs of proxies may show them."""
    trusted_proxies: Annotated[str, read_by(parse_networks)] = ""
    """Networks of proxies, with commas between, whose `X-Forwarded-For` says where a client comes from."""
    allowed_hosts: Annotated[str, read_by(parse_hosts)] = ""
    """Names of this gateway, without ports, with commas between; requests that name another host get 421.

    Unset: all names, but on loopback only those of this machine (`runtime/hosts.py`).
    """
    delays: Annotated[str, read_by(parse_delays)] = ""
    """Delayed feeds that this gateway serves too (`tickcast delayer`): their minutes, with commas between."""
    cors_origins: Annotated[str, read_by(parse_origins)] = ""
    """Origins whose pages may read this gateway, with commas between (`runtime/origins.py`)."""
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

    @property
    def delay_classes(self) -> list[int]:
        """The delays of the feeds that are served beside the live one, in ms, ascending."""
        return parse_delays(self.delays)

    @property
    def is_open_to_all(self) -> bool:
        """Tell whether everybody who reaches an address of other machines may read everything."""
        return not self.requires_tokens and not is_loopback(self.host)
