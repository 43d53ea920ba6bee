"""The granted interval of a stream: the requested one, raised to the next of a few. Pure."""

INTERVALS = (50, 100, 250, 500, 1000, 2000, 5000, 10000)
"""Granted intervals in ms: few, so that many clients share a group."""

MAX_INTERVAL = 3_600_000
"""Largest interval in ms that a client may request; the granted one is at most the last of INTERVALS."""


def grant_interval(asked: int) -> int:
    """Return the granted interval in ms: 0 (every tick), or the next of INTERVALS, at most the last."""
    if asked == 0:
        return 0
    return next((interval for interval in INTERVALS if interval >= asked), INTERVALS[-1])
