"""What a gateway tells of itself to all others. Pure."""

import json
import re
from typing import Any, NamedTuple

from tickcast.gateway.cluster.messages import GATEWAY

MAX_BYTES = 1024
"""Bytes of a summary, at most."""

_GATEWAY = re.compile(GATEWAY)
_FIELDS: dict[str, type] = {
    "started": int, "t": int, "clients": int, "groups": int, "lag": int, "feed": str, "draining": bool
}  # fmt: skip


class SummaryError(ValueError):
    """Not what a gateway tells of itself."""


class Summary(NamedTuple):
    """One gateway at one moment, by its own clock."""

    id: str
    started: int
    """µs since the epoch."""
    t: int
    """When it said so, µs since the epoch."""
    clients: int
    groups: int
    lag: int
    """Age of the newest batch when it was applied, ms."""
    feed: str
    """`live` or `stale`."""
    draining: bool


def encode_summary(summary: Summary) -> bytes:
    """Return it as JSON."""
    return json.dumps(summary._asdict(), separators=(",", ":")).encode("ascii")


def decode_summary(gateway_id: bytes, data: bytes) -> Summary:
    """Return what stands in Redis under a gateway's id. Raises SummaryError."""
    try:
        name = gateway_id.decode("ascii")
        document: Any = json.loads(data) if len(data) <= MAX_BYTES else None
        values = {field: document[field] for field in _FIELDS}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise SummaryError(f"the summary of {gateway_id[:64]!r} cannot be read: {error!r}") from None
    wrong = [field for field, kind in _FIELDS.items() if type(values[field]) is not kind]
    if wrong or not _GATEWAY.fullmatch(name) or values["feed"] not in ("live", "stale"):
        raise SummaryError(f"the summary of {gateway_id[:64]!r} is not one: {', '.join(wrong)}")
    return Summary(name, **values)
