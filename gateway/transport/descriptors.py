"""How the file descriptors of a gateway are shared out: every connection is one, and so is much else.

A gateway without any cannot accept, cannot reach Redis, cannot answer that it is alive. So streams and
requests get a part, and the gateway keeps the rest for itself.
"""

from typing import NamedTuple

OWN = 24
"""Descriptors for the gateway itself: about ten files and sockets, and connections to one Redis.

Those are AT_ONCE of `gateway/feed/client.py`, COMMANDS_AT_ONCE of `gateway/cluster/control.py` and two
subscriptions. A cluster has as many at each master.
"""

REQUESTS = 32
"""Descriptors for requests that are no streams, or are refused; a quarter, if there are few."""


class Descriptors(NamedTuple):
    """What fits into a limit."""

    streams: int
    """Streams, at most."""
    connections: int | None
    """Number of the descriptor from which on new connections have to wait; None: there is no limit."""


def share_out(limit: int | None, streams: int) -> Descriptors:
    """Return what of `streams` fits if a process may have `limit` descriptors; None: any number."""
    if limit is None:
        return Descriptors(streams, None)
    connections = max(limit - OWN, limit // 2)
    requests = min(REQUESTS, connections // 4)
    # The descriptors below are partly the gateway's own.
    fitting = connections - requests - OWN // 2
    return Descriptors(max(1, min(streams, fitting)), connections)
