"""From when on the delay of a batch counts. It asks the feed's Redis for its clock, and logs leaps."""

from typing import Any

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.delay.clock import LEAP, FeedClock
from tickcast.publisher.delay.host import Reading, read_host
from tickcast.wire.batch import Batch

_log = structlog.get_logger()


class Dating:
    """Dates the batches of one partition."""

    def __init__(self, broker: Broker, partition: int, clock: FeedClock) -> None:
        self._broker = broker
        self._partition = partition
        self._clock = clock
        self._floor = 0
        """No batch that comes is dated earlier, unless the clock was set back."""

    def go_on(self, note: bytes, waits: bool) -> None:
        """Go on with what the delayer before has noted; `waits` tells that it may have kept something."""
        if not self._clock.recall(note) and waits:
            _log.warning(
                "how long prices have waited is not known: they wait the whole delay from now on",
                partition=self._partition,
                hint="so it is once after an upgrade; else see what deletes or writes keys of Tickcast",
            )
        self._floor = self._clock.noted

    def note(self) -> str:
        """Return what the next delayer has to know."""
        return self._clock.note()

    async def ask(self, source: str, keys: list[str]) -> tuple[int, list[Any]]:
        """Return the clock of the feed's Redis, and what else a script answers. Raises LinkRefusedError."""

        async def ask() -> tuple[Reading, list[Any]]:
            return read_host(), await self._broker.script(source, keys, [])

        asked, (now, *answer) = await self._broker.retry(ask)
        if leap := self._clock.observe(now, asked):
            _log.warning(
                "the clock of redis was set forward: what waits comes no earlier for it",
                partition=self._partition,
                seconds=round(leap / 1e6, 1),
                hint="let NTP keep the clocks of Redis, and of the machines with delayers",
            )
        return now, answer

    def date(self, batch: Batch) -> Batch:
        """Return a batch as of now if it is dated by a clock that was set back, else as it is."""
        if batch.sent < self._floor - LEAP:
            return batch._replace(sent=self._clock.now() or batch.sent)
        self._floor = max(self._floor, batch.sent)
        return batch

    def has_all(self, asked: int) -> None:
        """Take note that the log has no more than was dated: what comes was written after it was `asked`."""
        self._floor = asked
