"""The producers of one partition: their newest numbers, and what was made of what they handed in. Pure."""

from collections.abc import Mapping

import structlog

from tickcast.publisher.inbox.step import Counts, InboxStep
from tickcast.wire.bounds import MAX_PRODUCERS
from tickcast.wire.producer import Producer, decode_producer

_log = structlog.get_logger()


class Producers:
    """What is remembered of MAX_PRODUCERS producers; the longest silent is forgotten for a new one."""

    def __init__(self) -> None:
        self._held: dict[str, Producer] = {}
        """The longest silent first."""

    def restore(self, found: Mapping[bytes, bytes]) -> None:
        """Go on with what Redis holds. A value that cannot be read is logged and dropped."""
        held = {}
        for name, text in found.items():
            try:
                held[name.decode()] = decode_producer(text)
            except ValueError as error:
                _log.warning("ignored a producer in redis", producer=repr(name)[:80], error=str(error))
        self._held = dict(sorted(held.items(), key=lambda each: each[1].newest))

    @property
    def held(self) -> Mapping[str, Producer]:
        """All that is remembered, by the id of the producer."""
        return self._held

    def has_taken(self, by: str, number: int | None) -> bool:
        """Return True if the entry with this number was taken before."""
        if number is None or (known := self._held.get(by)) is None or known.number is None:
            return False
        return number <= known.number

    def record(
        self, step: InboxStep, by: str, number: int | None, newest: tuple[int, int], counts: Counts
    ) -> None:
        """Remember an entry, and put what has changed into `step`."""
        known = self._held.pop(by, None) or Producer()
        if number is None or (known.number is not None and number < known.number):
            number = known.number
        found = Producer(
            number,
            newest,
            known.taken + counts.taken,
            known.refused + counts.refused,
            known.repeated + counts.repeated,
        )
        self._held[by] = step.producers[by] = found
        step.forgotten.discard(by)
        step.counts.setdefault(by, Counts()).add(counts)
        while len(self._held) > MAX_PRODUCERS:
            silent = next(iter(self._held))
            del self._held[silent]
            step.producers.pop(silent, None)
            step.forgotten.add(silent)
