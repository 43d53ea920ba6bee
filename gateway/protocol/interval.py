"""The granted interval and heartbeat of a stream: the requested ones, moved to the next of a few. Pure."""

INTERVALS = (50, 100, 250, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000, 3600000)
"""Granted intervals in ms: few, so that many clients share a group."""

MAX_INTERVAL = INTERVALS[-1]
"""Largest interval in ms that a client may request."""

WIDTH = 40
"""Symbols of a list for each ms of its interval, at most, where the gateway is busy."""

HEARTBEATS = (1000, 2000, 5000)
"""Granted heartbeats in ms: few, so that many clients share a group. The one timer runs twice a second."""

MAX_HEARTBEAT = 60_000
"""Longest silence in ms that a client may request; it gets a heartbeat sooner."""


def grant_interval(asked: int) -> int:
    """Return the granted interval in ms: 0 (every tick), or the next of INTERVALS, never less than `asked`.

    `asked` is at most MAX_INTERVAL.
    """
    return next(interval for interval in INTERVALS if interval >= asked) if asked else 0


def widened(interval: int, symbols: int) -> int:
    """Return the interval that a list of so many symbols gets from a busy gateway, instead of `interval`."""
    return grant_interval(min(max(interval, symbols // WIDTH), MAX_INTERVAL))


def grant_heartbeat(asked: int, usual: int) -> int:
    """Return the granted silence in ms, the greatest of HEARTBEATS up to `asked`; 0: the gateway's `usual`.

    `asked` is at least the first of HEARTBEATS.
    """
    granted = max(each for each in HEARTBEATS if each <= asked)
    return granted if granted < usual else 0
