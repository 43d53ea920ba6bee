"""The scheduler: builds the frames that are owed and writes them, in slices between other work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import structlog

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import Member, State
from tickcast.runtime import slices

REST = 2.0
"""Rest after a round, as a multiple of its duration: larger frames and half the CPU for a few ms of latency.

Only the work for groups that want every tick counts: waiting makes no turn of a conflating group cheaper.
"""

MAX_REST = 0.25
"""Seconds of rest between two rounds, at most: a past overload must not slow down what comes after it."""

LOOK = 16
"""Deliveries between two looks at the clock."""

log = structlog.get_logger()


class Scheduler:
    """Rounds over the groups that are owed a frame.

    A round begins when the loop is idle, and for groups that want every tick not before twice the time
    has passed that the last one took for them. So under overload frames grow and latency rises gently,
    and no queue does.

    A failure of one group or stream is logged and cuts that one alone.
    """

    def __init__(
        self,
        collect: Callable[[Group], None],
    ) -> None:
        self.dirty: deque[Group] = deque()
        """Groups for every tick that are owed a frame, each once (`Group.dirty`)."""
        self.turns: deque[Group] = deque()
        """The same of groups that conflate."""
        self.failures = 0
        """Streams cut, and groups of them, because of an error of ours."""
        self.frames = 0
        self.deliveries = 0
        self.ticks_out = 0
        self.bars_out = 0
        self.bytes_out = 0
        self.rounds = 0
        self.round_seconds = 0.0
        """Work of the newest round, without what came between its slices."""
        self.let_in: Callable[[Group], None] = lambda group: None
        """Makes members of a group's joiners, behind the frame that was just built; set by the wiring."""
        self.cut: Callable[[Group], None] = lambda group: None
        """Cuts every stream of a group that failed; set by the wiring."""
        self._collect = collect
        self._loop = asyncio.get_running_loop()
        self._round: Iterator[None] | None = None
        self._between: list[Callable[[], None]] = []
        self._scheduled: asyncio.Handle | None = None
        self._at = 0.0  # when that is
        self._rest_until = 0.0
        self._work = 0.0
        self._effort = self._exact = 0  # groups and deliveries of a round; those for every tick
        self._until = 0.0
        self._now = 0.0  # as of the last look at the clock

    def mark(self, group: Group) -> None:
        """Owe `group` a frame. Call `wake` when all are marked."""
        if not group.dirty:
            group.dirty = True
            (self.turns if group.conflates else self.dirty).append(group)

    def wake(self) -> None:
        """Schedule a round, if anything is owed."""
        if self._round is not None or not (self.turns or self.dirty):
            return
        now = self._loop.time()
        at = now if self.turns else max(now, self._rest_until)
        if self._scheduled is not None:
            if at >= self._at:
                return
            self._scheduled.cancel()
        self._at = at
        begin = self._begin
        self._scheduled = self._loop.call_soon(begin) if at <= now else self._loop.call_at(at, begin)

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
        # The clock may be a little behind the time for which this was asked.
        exact = self._at >= self._rest_until
        self._round = self._deliver_all() if exact else self._deliver_turns()
        self._slice()

    def _slice(self) -> None:
        if self._round is None:
            return
        began = self._now = self._loop.time()
        self._until = began + slices.SLICE
        ended = next(self._round, True)
        now = self._loop.time()
        self._work += now - began
        if not ended:
            self._loop.call_soon(self._slice)
            return
        self._round = None
        self.rounds += 1
        self.round_seconds = self._work
        if self._exact:
            self._rest_until = now + min(REST * self._work * self._exact / self._effort, MAX_REST)
        between, self._between = self._between, []
        for work in between:
            work()
        self.wake()

    def _deliver_all(self) -> Iterator[None]:
        yield from self._deliver_turns()
        groups, self.dirty = self.dirty, deque()
        for _ in self._deliver(groups):
            yield
            # Thousands of lists may be in this round; a group that has its turn does not wait for their end.
            yield from self._deliver_turns()

    def _deliver_turns(self) -> Iterator[None]:
        groups, self.turns = self.turns, deque()
        return self._deliver(groups)

    def _deliver(self, groups: Iterable[Group]) -> Iterator[None]:
        live, left, clock = State.LIVE, LOOK, self._loop.time
        for group in groups:
            group.dirty = False
            members = list(group.members)
            effort = len(members) + 1
            self._effort += effort
            if not group.conflates:
                self._exact += effort
            # Building the frame, and letting joiners in behind it, is one step without a yield:
            # the members named above get the frame, the joiners stand where it ends.
            try:
                self._collect(group)
                frame, ticks, bars = self._take(group, bool(members))
                if group.joiners:
                    self.let_in(group)
            except Exception:
                self._failed(group)
                continue
            sent = 0
            for member in members if frame else ():
                if member.state is live:
                    try:
                        member.write(frame)
                    except Exception:
                        self._lose(member)
                        continue
                    sent += 1
                left -= 1
                if left <= 0:
                    left = LOOK
                    self._now = clock()
                    if self._now > self._until:
                        yield
            self.deliveries += sent
            self.ticks_out += sent * ticks
            self.bars_out += sent * bars
            self.bytes_out += sent * len(frame)
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

    def _failed(self, group: Group) -> None:
        self.failures += 1
        log.exception("a group failed, its streams are cut", symbols=len(group.symbols), users=group.users)
        self.cut(group)

    def _lose(self, member: Member) -> None:
        self.failures += 1
        log.exception("a stream failed and is cut")
        member.abort()
        member.lost()

    def close(self) -> None:
        """Stop; what is owed stays owed."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        self._round = None
