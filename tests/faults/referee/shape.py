"""What the world of a run consists of."""

from dataclasses import dataclass

KINDS = ("plain", "clocks", "sentinel")
"""Worlds: one Redis behind lines; one whose clocks can be set; master, replica and a Sentinel."""


@dataclass(frozen=True)
class Shape:
    """What the world consists of."""

    gateways: int = 2
    publishers: int = 2
    partitions: int = 2
    nginx: bool = True
    kind: str = "plain"
    """One of KINDS."""
    durable: bool = True
    """Redis writes its data to disk, so that it has them again after a kill."""
    rate: float = 300.0
    """Ticks a second."""
    heartbeat: int = 1_000
    """Of streams, in ms: how soon a client notices that nothing comes."""
