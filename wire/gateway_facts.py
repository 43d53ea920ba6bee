"""What a gateway tells operators of how it is set up, beside its summary in the list of gateways.

The programs of an operator read it, other gateways do not. It holds no secret: of a key and of settings it
has digests, which only tell whether two gateways have the same.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

FIELD = "facts"
"""The field of a gateway's entry in which they stand."""


class GatewayFacts(NamedTuple):
    """How one gateway is set up."""

    version: str
    partitions: int
    keys: tuple[str, ...]
    """Digests of the keys of the gateways that it takes; by the first it signs."""
    is_key_kept: bool
    """Its key is kept in Redis, because it was given none."""
    tokens: bool
    """It refuses whoever has no token."""
    is_local: bool
    """It listens on a loopback address."""
    streams: int
    """Most streams that it takes."""
    wanted: int
    """Most streams as set, where the limit of open files allows fewer."""
    settings: dict[str, str]
    """Setting that all gateways of a feed have alike -> digest of its value."""

    def as_dict(self) -> dict[str, object]:
        """Return them for JSON."""
        return self._asdict()


def read_facts(document: Any) -> GatewayFacts | None:
    """Return the facts of an entry that was read; None if it has none, as that of an older gateway."""
    try:
        given: Mapping[str, Any] = document[FIELD]
        facts = GatewayFacts(**{**given, "keys": tuple(given["keys"])})
    except (KeyError, TypeError, ValueError):
        return None
    kinds = GatewayFacts("", 0, ("",), False, False, False, 0, 0, {})
    if any(type(value) is not type(kind) for value, kind in zip(facts, kinds, strict=True)):
        return None
    texts = [*facts.keys, *facts.settings, *facts.settings.values()]
    return facts if facts.keys and all(isinstance(each, str) for each in texts) else None
