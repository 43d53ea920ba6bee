"""What one write to Redis records of the inbox: how far it was read, and what belongs to that. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tickcast.runtime.redis.client import Argument
from tickcast.wire.bounds import MAX_REJECTS
from tickcast.wire.producer import Producer, encode_producer


@dataclass(slots=True)
class Counts:
    """What was made of one producer's lines."""

    taken: int = 0
    refused: int = 0
    repeated: int = 0
    """Entries."""

    def add(self, later: "Counts") -> None:
        """Add what was made of other lines."""
        self.taken += later.taken
        self.refused += later.refused
        self.repeated += later.repeated


@dataclass(slots=True)
class InboxStep:
    """A position in the inbox of one partition, and all that the entries up to it changed."""

    position: str
    """Id of the last entry that was read."""
    producers: dict[str, Producer] = field(default_factory=dict)
    """What is remembered of each producer from now on."""
    freed: dict[bytes, int] = field(default_factory=dict)
    """Field of the hash `held` -> bytes that left the inbox."""
    forgotten: set[str] = field(default_factory=set)
    """Producers that are not remembered any more."""
    rejects: list[bytes] = field(default_factory=list)
    """JSON of refused lines, oldest first."""
    counts: dict[str, Counts] = field(default_factory=dict)
    """What was made of each producer's lines, for the metrics."""

    def add(self, later: "InboxStep") -> None:
        """Take in the step after this one."""
        self.position = later.position
        self.producers |= later.producers
        self.forgotten = (self.forgotten - later.producers.keys()) | later.forgotten
        for producer in later.forgotten:
            self.producers.pop(producer, None)
        for name, size in later.freed.items():
            self.freed[name] = self.freed.get(name, 0) + size
        self.rejects = (self.rejects + later.rejects)[-MAX_REJECTS:]
        for producer, counts in later.counts.items():
            self.counts.setdefault(producer, Counts()).add(counts)

    def arguments(self) -> list[Argument]:
        """Return what publish.lua takes, from the position on."""
        found: list[Argument] = [self.position, len(self.producers)]
        for producer, remembered in self.producers.items():
            found += [producer, encode_producer(remembered)]
        found.append(len(self.freed))
        for name, size in self.freed.items():
            found += [name, size]
        return [*found, len(self.forgotten), *self.forgotten, len(self.rejects), *self.rejects]


def merged_steps(steps: Sequence[InboxStep]) -> InboxStep | None:
    """Return one step for all of `steps`, which are in order; None for none. The steps are not changed."""
    if not steps:
        return None
    found = InboxStep(steps[-1].position)
    for step in steps:
        found.add(step)
    return found
