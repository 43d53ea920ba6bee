"""The scheduler: builds the frames of groups and writes them to members, in time slices."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import structlog

from tickcast.gateway.fanout.group import Group
from tickcast.gateway.fanout.member import Member, State
from tickcast.gateway.fanout.rest import Rest
from tickcast.runtime import slices
from tickcast.runtime.metered import Charge, metered_step
from tickcast.runtime.repeats import by_clients

PIECE = 0.001
"""Seconds of work for groups that get every tick, until the next rest.

Short pieces spread a round evenly: clients read frames as they come, and batches from Redis wait less.
"""

LOOK = 16
"""Deliveries between two readings of the clock."""

log = structlog.get_logger()


class Scheduler:
    """Runs rounds: each builds and writes one frame for every marked group.

    A round begins when the loop is idle. For groups that get every tick it consists of pieces, and after
    each piece it rests as long as `Rest` says. So under overload frames grow and latency rises gently, and no
    queue grows. Turns of conflating groups do not wait: a rest makes them no cheaper.

    An error in one group or stream is logged, and cuts only that group or stream.
    """

    def __init__(
        self,
        collect: Callable[[Group], None],
        rest: Rest,
    ) -> None:
        """Call `collect` to complete a group's pending events just before its frame is built."""
        self.rest = rest
        self.dirty: deque[Group] = deque()
        """Marked groups that get every tick, each once (`Group.dirty`)."""
        self.turns: deque[Group] = deque()
        """Marked groups that conflate."""
        self.failures = 0
        """Streams, and whole groups, that were cut because of an error in the gateway."""
        self.frames = 0
        """Frames built."""
        self.deliveries = 0
        """Frames sent, counted once for each client; so are the next three."""
        self.ticks_out = 0
        self.bars_out = 0
        self.bytes_out = 0
        self.rounds = 0
        """Rounds completed."""
        self.round_seconds = 0.0
        """Seconds of work in the newest round, without its rests and the time between its slices."""
        self.let_in: Callable[[Group], None] = lambda group: None
        """Makes a group's joiners members, once its frame is built; set where the gateway is wired."""
        self.cut: Callable[[Group], None] = lambda group: None
        """Cuts every stream of a group that failed; set where the gateway is wired."""
        self._collect = collect
        self._loop = asyncio.get_running_loop()
        self._piece: Iterator[None] | None = None
        self._between: list[Callable[[], None]] = []
        self._scheduled: asyncio.Handle | None = None
        self._at = 0.0  # the time for which it is scheduled
        self._rest_until = 0.0
        self._work = 0.0  # seconds of the current piece
        self._effort = self._exact = 0  # its groups and deliveries; those without conflation
        self._left = 0  # groups that the current round has not reached yet
        self._worked = 0.0  # seconds of its pieces so far
        self._until = 0.0
        self._now = 0.0  # the last reading of the clock

    def mark(self, group: Group) -> None:
        """Mark a group for a frame. Call `wake` after the last one."""
        if not group.dirty:
            group.dirty = True
            (self.turns if group.conflates else self.dirty).append(group)

    def wake(self) -> None:
        """Schedule the next piece, if any group is marked."""
        if self._piece is not None or not (self.turns or self.dirty):
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

    def between_rounds(self, work: Callable[[], None], charge: Charge | None = None) -> None:
        """Call `work` now, or at the end of the current piece; what it takes then is for `charge`.

        During a piece, some members of a group may have its newest frame and others not yet.
        """
        if self._piece is None:
            # Whoever calls knows for whom it works.
            work()
        else:
            self._between.append(work if charge is None else partial(_charged, work, charge))

    def _begin(self) -> None:
        self._scheduled = None
        self._work = 0.0
        self._effort = self._exact = 0
        if self._at == self._rest_until:
            self.rest.overslept(self._loop.time() - self._at)
        # The clock may be a little behind the scheduled time, so compare that and not the clock.
        exact = self._at >= self._rest_until
        if exact and not self._left:
            self._left = len(self.dirty)
        self._piece = self._deliver_all() if exact else self._deliver_turns()
        self._slice()

    def _slice(self) -> None:
        if self._piece is None:
            return
        began = self._now = self._loop.time()
        self._until = began + slices.SLICE
        ended = next(self._piece, True)
        now = self._loop.time()
        self._work += now - began
        if not ended:
            self._loop.call_soon(self._slice)
            return
        self._piece = None
        self._worked += self._work
        if self._exact:
            self._rest_until = now + self.rest.after(now, self._work * self._exact / self._effort)
        if not self._left:
            self.rounds += 1
            self.round_seconds, self._worked = self._worked, 0.0
            self.rest.end_round()
        between, self._between = self._between, []
        for work in between:
            work()
        self.wake()

    def _deliver_all(self) -> Iterator[None]:
        yield from self._deliver_turns()
        for _ in self._deliver(self._next_groups()):
            yield
            # A group may have thousands of members; a conflating group's turn does not wait for them.
            yield from self._deliver_turns()

    def _next_groups(self) -> Iterator[Group]:
        """Yield groups of this round, in the order of their marks, until the piece is long enough."""
        until = self._loop.time() + PIECE
        while self._left:
            self._left -= 1
            yield self.dirty.popleft()
            if self._now > until:
                return

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
            # The frame is built and the joiners become members in one step, without a yield:
            # the members listed above get this frame, and the joiners stand where it ends.
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
            # A group costs as much as a delivery, even if its frame goes to no member.
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
        if (left_out := by_clients.due("group")) is not None:
            log.exception(
                "a group failed, its streams are cut",
                symbols=len(group.symbols),
                users=group.users,
                left_out=left_out,
            )
        self.cut(group)

    def _lose(self, member: Member) -> None:
        self.failures += 1
        if (left_out := by_clients.due("stream")) is not None:
            log.exception("a stream failed and is cut", left_out=left_out)
        member.abort()
        member.lost()

    def close(self) -> None:
        """Stop; frames of marked groups are not sent."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        self._piece = None


def _charged(work: Callable[[], None], charge: Charge) -> None:
    with metered_step(charge):
        work()
