"""The `replay` source: a recording at its recorded pace, a multiple of it, or as fast as possible."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from tickcast.publisher.source import SourceError, SourceItem, SourceOptions
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.line_reader import MAX_LIST
from tickcast.publisher.sources.recording import Recording
from tickcast.publisher.sources.times import Times
from tickcast.wire.symbol import Case
from tickcast.wire.tick import MAX_TIME, Tick

GROUPING = 0.005
"""Seconds: a tick that is due within this time joins the list before it."""
MAX_PAUSE = 60.0
"""Seconds in a pause, at most. Longer pauses, and those of wrong times in the recording, are cut to this."""
LONGEST_STEP = 14 * 86_400_000_000
"""µs between two ticks of a recording: longer than any holiday. A longer step is a wrong time."""
LOOP_PAUSE = 1_000_000
"""µs between the last tick of one pass of a loop and the first of the next."""


def replay(options: SourceOptions) -> "Replay":
    """Return the recording `file` at `speed`, without end if `loop` is set. Raises SourceError."""
    if options.file is None:
        raise SourceError("the source replay needs a recording: name it with --file")
    if options.speed is not None and not options.speed > 0:
        raise SourceError(f"speed: {options.speed} is not over 0")
    times = Times(options.time_unit, options.max_ahead)
    return Replay(options.file, options.speed, options.loop, times, options.symbol_case)


replay.shared = True  # type: ignore[attr-defined]
replay.takes = ("file", "speed", "loop", "time_unit")  # type: ignore[attr-defined]


class Replay:
    """The source. Iterating raises SourceError if the file cannot be read or has no tick."""

    checked = True
    src = "rec"

    def __init__(
        self,
        file: str,
        speed: float | None,
        loop: bool,
        times: Times | None = None,
        case: Case = "upper",
    ) -> None:
        self._complaints = Complaints("replay", file)
        self._recording = Recording(file, self._complaints, times, case)
        self._speed = speed
        self._loop = loop

    async def __aiter__(self) -> AsyncIterator[list[SourceItem]]:
        pace = _Pace(self._speed)
        pending: list[SourceItem] = []
        holds_ticks = True
        try:
            for items in self._blocks():
                # Reading a block of the file blocks the loop for a few ms: let other tasks run in between.
                await asyncio.sleep(0)
                for item in items:
                    is_tick = type(item) is Tick
                    wait = pace.wait(item.time) if type(item) is Tick else 0.0
                    # A list holds either ticks or what is said of symbols.
                    if pending and (
                        wait > GROUPING or len(pending) == MAX_LIST or is_tick is not holds_ticks
                    ):
                        yield pending
                        pending = []
                    if wait > GROUPING:
                        await asyncio.sleep(wait)
                    holds_ticks = is_tick
                    pending.append(item)
            if pending:
                yield pending
        finally:
            self._complaints.finish()

    def _blocks(self) -> Iterator[list[SourceItem]]:
        passed = _Pass(0)
        while True:
            for items in self._recording.blocks():
                yield [passed.shifted(item) if type(item) is Tick else item for item in items]
            if not self._loop:
                return
            passed = passed.next()


class _Pass:
    """One pass over the recording. The first keeps its times; times of later ones follow the pass before.

    A wrong time must not move all later passes: the length of a pass is guarded as the pace is.
    """

    def __init__(self, shift: int) -> None:
        self._shift = shift
        self._newest: int | None = None
        self._length = 0  # µs from the first tick to the newest
        self._before = (0, 0)  # newest and length before the last long step

    def shifted(self, tick: Tick) -> Tick:
        self._measure(tick.time)
        return tick._replace(time=min(tick.time + self._shift, MAX_TIME)) if self._shift else tick

    def next(self) -> "_Pass":
        return _Pass(self._shift + self._length + LOOP_PAUSE)

    def _measure(self, time: int) -> None:
        if self._newest is None:
            self._newest = time
            self._before = (time, 0)
        step = time - self._newest
        if step < -MAX_PAUSE * 1e6 and time >= self._before[0]:
            # The newest time was wrong: go on from the one before it.
            self._newest, self._length = self._before
            step = time - self._newest
        if step > MAX_PAUSE * 1e6:
            self._before = (self._newest, self._length)
        if step > 0:
            self._newest = time
            self._length += step if step <= LONGEST_STEP else round(MAX_PAUSE * 1e6)
        elif step < -MAX_PAUSE * 1e6:
            self._newest = time


class _Pace:
    """Computes when a tick is due, from the times of the ticks before it."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._newest: int | None = None
        self._due = 0.0

    def wait(self, time: int) -> float:
        """Return the seconds until a tick of `time` is due; 0 or less if it is due now."""
        if self._speed is None:
            return 0.0
        now = asyncio.get_running_loop().time()
        if self._newest is None:
            self._newest, self._due = time, now
        ahead = time - self._newest
        # An older tick is due at once. A much older one replaces the newest time, which was wrong.
        if ahead > 0 or ahead < -MAX_PAUSE * 1e6:
            self._newest = time
        self._due += min(max(0.0, ahead / 1e6 / self._speed), MAX_PAUSE)
        return self._due - now
