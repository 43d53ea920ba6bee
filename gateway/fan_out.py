"""Fan out: builds the frames that are owed and writes them, in slices between other work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from gateway.group import Group
from gateway.subscriber import State

SLICE = 0.005
"""Seconds of work in one go; then accepts, heartbeats and Redis get their turn."""

REST = 2.0
"""Times the work of a round, the time until the next: larger frames, and half the CPU, for some ms of age.

Only the work for groups that want every tick counts: what others are owed at their turns grows no less.
"""

MAX_REST = 0.25
"""Seconds between two rounds, at most: what is over must not slow down what comes after it."""

LOOK = 16
"""Deliveries between two looks at the clock."""


class FanOut:
    """Rounds over the groups that are owed a frame.

    A round begins when the loop is idle, and not before twice the time has passed that the last
    one took for every tick. So under overload frames grow and latency rises gently, and no queue does.
    """

    def __init__(self, collect: Callable[[Group], None], joined: Callable[[Group], None]) -> None:
        self.dirty: deque[Group] = deque()
        """Groups that are owed a frame, each once (`Group.dirty`)."""
        self.frames = 0
        self.deliveries = 0
        self.ticks_out = 0
        self.bars_out = 0
        self.bytes_out = 0
        self.rounds = 0
        self.round_seconds = 0.0
        """Work of the newest round, without what came between its slices."""
        self._collect = collect
        self._joined = joined
        self._loop = asyncio.get_running_loop()
        self._round: Iterator[None] | None = None
        self._between: list[Callable[[], None]] = []
        self._scheduled: asyncio.Handle | None = None
        self._rest_until = 0.0
        self._work = 0.0
        self._effort = self._exact = 0  # groups and deliveries of a round; those for every tick
        self._until = 0.0
        self._now = 0.0  # as of the last look at the clock

    def mark(self, group: Group) -> None:
        """Owe `group` a frame. Call `wake` when all are marked."""
        if not group.dirty:
            group.dirty = True
            self.dirty.append(group)

    def wake(self) -> None:
        """See to it that a round comes, if anything is owed."""
        if self.dirty and self._scheduled is None and self._round is None:
            now = self._loop.time()
            if now >= self._rest_until:
                self._scheduled = self._loop.call_soon(self._begin)
            else:
                self._scheduled = self._loop.call_at(self._rest_until, self._begin)

    def between_rounds(self, work: Callable[[], None]) -> None:
        """Do `work` now, or when the round that is under way has ended.

        In a round some members of a group have been written its newest frame and others not yet.
        """
        if self._round is None:
            work()
        else:
            self._between.append(work)

    def _begin(self) -> None:
        self._scheduled = None
        self._work = 0.0
        self._effort = self._exact = 0
        self._round = self._deliver()
        self._slice()

    def _slice(self) -> None:
        if self._round is None:
            return
        began = self._now = self._loop.time()
        self._until = began + SLICE
        ended = next(self._round, True)
        now = self._loop.time()
        self._work += now - began
        if not ended:
            self._loop.call_soon(self._slice)
            return
        self._round = None
        self.rounds += 1
        self.round_seconds = self._work
        exact = self._exact / self._effort if self._effort else 0.0
        self._rest_until = now + min(REST * self._work * exact, MAX_REST)
        between, self._between = self._between, []
        for work in between:
            work()
        self.wake()

    def _deliver(self) -> Iterator[None]:
        groups, self.dirty = self.dirty, deque()
        live, left, clock = State.LIVE, LOOK, self._loop.time
        for group in groups:
            group.dirty = False
            self._collect(group)
            members = list(group.members)
            effort = len(members) + 1
            self._effort += effort
            if not group.conflates:
                self._exact += effort
            # Building the frame, and letting joiners in behind it, is one step without a yield:
            # the members named above get the frame, the joiners stand where it ends.
            frame, ticks, bars = self._take(group, bool(members))
            if group.joiners:
                self._joined(group)
            for member in members if frame else ():
                if member.state is live:
                    member.write(frame)
                    self.deliveries += 1
                    self.ticks_out += ticks
                    self.bars_out += bars
                    self.bytes_out += len(frame)
                left -= 1
                if left <= 0:
                    left = LOOK
                    self._now = clock()
                    if self._now > self._until:
                        yield
            # A group costs as much as a delivery, even one that nobody gets.
            left -= 1
            if left <= 0 and clock() > self._until:
                yield

    def _take(self, group: Group, wanted: bool) -> tuple[bytes, int, int]:
        if not wanted or not group.pending:
            group.skip()
            return b"", 0, 0
        group.written = self._now
        self.frames += 1
        return group.take()

    def close(self) -> None:
        """Stop; what is owed stays owed."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        self._round = None
