"""How many leases each of several publishers should hold. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Member(NamedTuple):
    """A publisher that takes part."""

    joined: int
    """When it was first seen, or seen again after it was lost, µs since the epoch by Redis's clock."""
    name: str
    source: str
    held: int = 0
    """Leases that it holds, as far as it knows."""


def share(members: Sequence[Member], own: str, leases: int) -> int:
    """Return how many of `leases` the publisher `own` should hold: as many as the others, or one more.

    Only publishers of one source take part, so that two sources never stand side by side: of the one that
    leads most now. Who holds most leases keeps one more, so that nothing moves without need.
    """
    source = _leading_source(members)
    taking = sorted((-each.held, each.joined, each.name) for each in members if each.source == source)
    places = [place for place, (_, _, name) in enumerate(taking) if name == own]
    return leases // len(taking) + (places[0] < leases % len(taking)) if places else 0


def first_choice(members: Sequence[Member], own: str, leases: int) -> int:
    """Return the lease that `own` should try first, so that publishers that begin together do not collide."""
    names = [each.name for each in sorted(members)]
    return names.index(own) * leases // len(names) if own in names else 0


def _leading_source(members: Sequence[Member]) -> str:
    """Return the source whose publishers hold most leases; of several the one of the oldest."""
    ordered = sorted(members)
    held = {each.source: 0 for each in ordered}
    for each in ordered:
        held[each.source] += each.held
    return max(held, key=held.__getitem__, default="")
