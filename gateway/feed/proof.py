"""The proof that a partition is new: what was applied, and when Redis took it, by Redis's own clock. Pure."""

from typing import NamedTuple

from tickcast.wire.position import START, Position

PROMPT = 1.0
"""Seconds in which an answer comes whose time sets the clock; a later one says too little of now."""

STEP = 2.0
"""Seconds; a larger change between two answers is no delay: Redis's clock was set."""


class Standing(NamedTuple):
    """What Redis says of a partition."""

    epoch: str
    """The epoch of its log; empty if no publisher has written yet."""
    position: Position
    """Its newest batch."""
    sent: int
    """When Redis took the newest batch or heartbeat, µs since the epoch by its clock; 0: it does not say."""
    now: int
    """Redis's time, µs since the epoch."""
    is_whole: bool = True
    """Whether no newest tick is missing, as far as they were counted."""
    is_full: bool = False
    """Whether Redis refuses batches because it is full."""


class PartitionProof:
    """What this gateway has applied of one partition, and how Redis says that it stands."""

    def __init__(self, now: float) -> None:
        self.loaded = False
        self.whole = True
        """Whether Redis had every newest tick when they were loaded."""
        self.behind = True
        """Whether its log is being read."""
        self.proved = 0
        """When Redis took the newest batch or heartbeat that was applied, µs by its clock; 0: none yet."""
        self.moved = now
        """When that was applied, by our clock."""
        self.ticked = 0
        """When Redis took the newest batch of ticks that was applied, µs; 0: none yet."""
        self.offset: float | None = None
        """µs from our clock to Redis's clock; None: not known yet."""
        self.newest = 0
        """When Redis took the newest batch or heartbeat that it has, µs, as it said last."""
        self.epoch, self.position = "", START
        """Its log, as Redis said last."""
        self.asked = 0.0
        """When it was asked that, by our clock."""

    def set_clock(self, redis_now: int, asked: float) -> None:
        """Set the offset by Redis's time, which it told after it was `asked`."""
        # From the question on, so that an age is rather too high: unknown is not live.
        self.set_offset(redis_now - asked * 1e6)

    def set_offset(self, offset: float) -> None:
        """Set the offset from our clock to Redis's clock, in µs."""
        step = 0.0 if self.offset is None else offset - self.offset
        if abs(step) > STEP * 1e6:
            # Redis's clock was set. What was applied is as old as before.
            self.proved += int(step) if self.proved else 0
            self.ticked += int(step) if self.ticked else 0
        self.offset = offset

    def age(self, now: float) -> float | None:
        """Return the seconds since Redis took what was applied last; None: not known."""
        if not self.proved or self.offset is None:
            return None
        return (now * 1e6 + self.offset - self.proved) / 1e6

    def is_fresh(self, now: float, max_lag: float) -> bool:
        """Tell whether that is at most `max_lag` seconds ago, and not yet to come."""
        age = self.age(now)
        return age is not None and -STEP <= age <= max_lag
