"""A feed state, and two clocks that the test turns: the gateway's and Redis's."""

from typing import Any

from tickcast.gateway.feed.proof import Standing
from tickcast.gateway.feed.state import FeedState
from tickcast.wire.position import START

EPOCH = "0123456789abcdef"
APART = 500_000.0
"""Seconds by which Redis's clock is ahead of the gateway's."""


class Turned:
    """A feed state, the two clocks, and the changes it has told."""

    def __init__(self, partitions: int = 1) -> None:
        self.now, self.apart = 1000.0, APART
        self.state = FeedState(partitions, clock=lambda: self.now)
        self.partitions = range(partitions)
        self.told: list[tuple[str, str]] = []
        self.state.on_change = lambda: self.told.append((self.state.name, self.state.reason))

    @property
    def redis(self) -> int:
        """Redis's time, µs."""
        return int((self.now + self.apart) * 1e6)

    def answer(self, sent: int | None = None, asked: float | None = None, **more: Any) -> None:
        """Let Redis tell how it stands; its newest heartbeat is from now unless told otherwise."""
        known = {"epoch": EPOCH, "position": START, "now": self.redis, **more}
        standing = Standing(sent=self.redis if sent is None else sent, **known)
        self.state.answered([standing for _ in self.partitions], self.now if asked is None else asked)

    def hear(self, *partitions: int, ago: float = 0.0, ticks: bool = False) -> None:
        """Let a batch or heartbeat of these partitions, or of all, be applied that Redis took a while ago."""
        for partition in partitions or self.partitions:
            self.state.applied(partition, self.redis - int(ago * 1e6), ticks)

    def load(self) -> None:
        """Connect, and let every partition be loaded."""
        self.state.connected()
        for partition in self.partitions:
            self.state.loaded(partition, whole=True)
            self.state.caught_up(partition)

    def make_live(self) -> None:
        """Do so, and hear of every partition."""
        self.load()
        self.answer()
        self.hear()
        assert self.state.is_live

    def found(self) -> tuple[str, str, bool]:
        """Return what the gateway says of itself, after a look at the clock."""
        self.state.check()
        return self.state.name, self.state.reason, self.state.is_ready
