"""A crowd: clients that come in groups on top of others, want the newest ticks often, and go at once."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tickcast.bench import redis_link
from tickcast.bench.checker import Times
from tickcast.bench.client import NEWEST_TICKS
from tickcast.bench.load import Load, targets
from tickcast.bench.process import wait_for
from tickcast.bench.totals import Totals
from tickcast.runtime.errors import UserError

CHECK_EVERY = 50


@dataclass
class CrowdSample:
    """What a crowd had between two looks."""

    rate: float = 0.0
    """Ticks a second, by the crowd's own clock."""
    times: Times = field(default_factory=Times)


class FlashCrowd:
    """Its groups are load processes. A context manager, whose end is theirs."""

    def __init__(self, port: int) -> None:
        self.clients = 0
        self._port = port
        self._exits = ExitStack()
        self._loads: list[Load] = []
        self._before: list[Totals] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def join(self, paths: Sequence[str]) -> None:
        """Let another group in."""
        load = Load(self._port, targets(paths), expects=NEWEST_TICKS, check_every=CHECK_EVERY)
        self._loads.append(self._exits.enter_context(load))
        load.open()
        self.clients += len(paths)
        self.sample()

    def sample(self) -> CrowdSample:
        """Return what there was since the last look. Raises UserError if any of it was wrong."""
        before, self._before = self._before, [load.totals() for load in self._loads]
        sample = CrowdSample()
        for earlier, now in zip(before, self._before, strict=False):
            sample.rate += (now.ticks - earlier.ticks) / (now.at - earlier.at)
        for now in self._before:
            if now.faults:
                raise UserError(f"the crowd was not served right: {'; '.join(now.faults[:3])}")
            sample.times.ages.merge(now.times.ages)
            sample.times.between.merge(now.times.between)
        return sample

    def catch_up(self, redis_url: str, timeout: float) -> None:
        """Wait until everyone has, of each symbol, what is the newest now, or newer. Raises UserError."""
        then = redis_link.newest(redis_url)
        wait_for(lambda: not self.behind(then), "everyone in the crowd has what was the newest", timeout)

    def behind(self, then: dict[str, int]) -> int:
        """Return how many have not yet, of each symbol, what was the newest at some time."""
        return sum(load.behind(then) for load in self._loads)

    @property
    def gaps(self) -> int:
        """Gaps that they were told, up to the last look."""
        return sum(totals.gaps for totals in self._before)
