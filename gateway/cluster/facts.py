"""What of its set-up a gateway tells operators: enough to see whether all gateways are alike."""

from hashlib import sha256
from importlib.metadata import version

from tickcast.gateway.settings import GatewaySettings
from tickcast.gateway.streams.cluster_key import ClusterKey
from tickcast.runtime.hosts import is_loopback
from tickcast.wire.gateway_facts import GatewayFacts

ALIKE = (
    "auth_issuer",
    "auth_audience",
    "auth_parameter",
    "cors_origins",
    "allowed_hosts",
    "trusted_proxies",
    "delays",
    "max_symbols",
    "compress",
    "heartbeat",
    "ring_seconds",
    "max_lag",
)
"""Settings by which a client is answered: they have to be the same, whichever gateway it meets."""

VERSION = version("tickcast")


def facts_of(settings: GatewaySettings, key: ClusterKey, wanted: int) -> GatewayFacts:
    """Return the facts of a gateway that is set to `wanted` streams."""
    return GatewayFacts(
        version=VERSION[:32],
        partitions=settings.partitions,
        keys=tuple(key.marks()),
        is_key_kept=settings.cluster_key_file is None,
        tokens=settings.requires_tokens,
        is_local=is_loopback(settings.host),
        streams=settings.max_connections,
        wanted=wanted,
        settings={name: _digest(getattr(settings, name)) for name in ALIKE},
    )


def _digest(value: object) -> str:
    return sha256(str(value).encode()).hexdigest()[:6]
