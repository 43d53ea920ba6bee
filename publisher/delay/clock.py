"""The clock of the Redis that has the feed, as the delayer knows it between two looks. Pure.

Batches are dated by it. It may be set, or another server may take over whose clock is ahead: what was dated
before such a leap counts without it, so nothing is published too early. Each delayer leaves a note in Redis
for the next one, which so finds out whether the clock was set while nobody looked.
"""

import re
import time
from collections.abc import Callable
from typing import NamedTuple

from tickcast.publisher.delay.host import UNKNOWN, Reading, read_host

LEAP = 1_000_000
"""µs by which the clock must be ahead of what is expected to have been set forward: answers are slow."""

LEAPS = 100
"""Leaps that are remembered, at most; of more the first two count as one."""

_NOTE = re.compile(
    rb"([0-9]{1,16}) ([0-9]{1,16}) ([0-9a-f-]{1,36}) ([0-9]{1,16})((?: [0-9]{1,16}-[0-9]{1,16}){0,%d})"
    % LEAPS
)


class Leap(NamedTuple):
    """A moment at which the clock was set forward, or nobody knows whether it was."""

    before: int
    """What it showed before, µs since 1970."""
    after: int
    """What it showed when that was noticed; what is dated up to then may be older than the leap."""
    noticed: float
    """The same moment by the monotonic clock, s."""


class FeedClock:
    """Tells how old a batch is, at least."""

    def __init__(
        self,
        settled: float,
        monotonic: Callable[[], float] = time.monotonic,
        host: Callable[[], Reading] = read_host,
    ) -> None:
        """After `settled` seconds a leap is forgotten: everything is due that came before it."""
        self._settled = settled
        self._monotonic = monotonic
        self._host = host
        self._seen: tuple[int, float] | None = None
        self._pair: tuple[int, Reading] | None = None
        """What the clocks of Redis and of this host showed at the last look."""
        self._noted: tuple[int, Reading] | None = None
        """The same of the delayer before this one."""
        self._unknown = False
        self._leaps: list[Leap] = []

    def recall(self, note: bytes) -> bool:
        """Take what the delayer before this one has noted; call it before the first look.

        Return False for what is no note: then all that is dated before the first look counts from there on.
        """
        found = _NOTE.fullmatch(note)
        listed = [each.split(b"-") for each in found[5].split()] if found else []
        leaps = [Leap(int(before), int(after), self._monotonic()) for before, after in listed]
        # Without this check a leap could make prices older than their date.
        if found is None or any(each.before >= each.after for each in leaps):
            self._unknown = True
            return False
        self._noted = int(found[1]), Reading(int(found[2]), found[3].decode("ascii"), int(found[4]))
        self._leaps = leaps
        return True

    def note(self) -> str:
        """Return what the next delayer has to know; empty before the first look."""
        if self._pair is None:
            return ""
        redis, host = self._pair
        leaps = (f"{each.before}-{each.after}" for each in self._leaps)
        return " ".join((f"{redis} {host.wall} {host.boot} {host.up}", *leaps))

    @property
    def noted(self) -> int:
        """The newest time that the delayer before this one has seen, µs since 1970; 0: none is known."""
        return self._noted[0] if self._noted else 0

    def observe(self, now: int, asked: Reading) -> int:
        """Take the time that Redis has answered, µs since 1970; `asked` is when it was asked.

        Return by how many µs it was set forward since the last look; 0 if it was not, or nobody knows.
        """
        expected, sure = self._expected(now, asked)
        moment = self._monotonic()
        self._leaps = [each for each in self._leaps if moment < each.noticed + self._settled]
        if now > expected + LEAP:
            self._leaps.append(Leap(sure, now, moment))
            if len(self._leaps) > LEAPS:
                first, second, *rest = self._leaps
                before, after = min(first.before, second.before), max(first.after, second.after)
                self._leaps = [Leap(before, after, second.noticed), *rest]
        elif now < expected - LEAP:
            # It was set back. What is dated from now on did not see the leaps that seem to follow.
            self._leaps = [each._replace(before=min(each.before, now)) for each in self._leaps]
        # The answer is some ms old by now, so the clock runs late by as much.
        self._seen, self._pair = (now, moment), (now, self._host())
        return now - expected if now > expected + LEAP and expected else 0

    def _expected(self, now: int, asked: Reading) -> tuple[int, int]:
        """Return what the clock shows now if nobody has set it, and what it shows at least."""
        if (known := self.now()) is not None:
            return known, known
        if self._unknown or self._noted is None:
            return (0, 0) if self._unknown else (now, now)
        told, then = self._noted
        passed = max(0, asked.wall - then.wall)
        if asked.boot == then.boot != UNKNOWN:
            # Where Redis is on this machine, both wall clocks are set at once.
            passed = max(0, min(passed, asked.up - then.up))
            return told + passed, told + passed
        # The clock of another machine may be ahead, and some of what seems to have passed may have not.
        return told + passed, told

    def now(self) -> int | None:
        """Return the time in µs since 1970; None before the first look."""
        if self._seen is None:
            return None
        told, when = self._seen
        return told + int((self._monotonic() - when) * 1e6)

    def age(self, at: int) -> int | None:
        """Return how many µs ago Redis took what it dated `at`, at least; None before the first look.

        Less than 0 if the clock was set back since.
        """
        now = self.now()
        if now is None:
            return None
        aged = 0
        for leap in self._leaps:
            if at <= leap.after:
                aged += max(0, leap.before - at)
                at = leap.after
        return aged + now - at
