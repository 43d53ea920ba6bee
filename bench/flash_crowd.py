"""A flash crowd: clients that join in groups, ask for the newest ticks often, and leave together."""

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
    """Deliveries to the crowd between two samples."""

    rate: float = 0.0
    """Ticks a second, by the clock of the load processes."""
    times: Times = field(default_factory=Times)


class FlashCrowd:
    """A crowd with a load process for each group. A context manager that ends them."""

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
        """Connect another group, with a client for each path."""
        load = Load(self._port, targets(paths), expects=NEWEST_TICKS, check_every=CHECK_EVERY)
        self._loads.append(self._exits.enter_context(load))
        load.open()
        self.clients += len(paths)
        self.sample()

    def sample(self) -> CrowdSample:
        """Return the deliveries since the last sample. Raises UserError for a wrong delivery."""
        before, self._before = self._before, [load.totals() for load in self._loads]
        sample = CrowdSample()
        for earlier, now in zip(before, self._before, strict=False):
            sample.rate += (now.ticks - earlier.ticks) / (now.at - earlier.at)
        for now in self._before:
            if now.faults:
                raise UserError(f"deliveries to the crowd were wrong: {'; '.join(now.faults[:3])}")
            sample.times.ages.merge(now.times.ages)
            sample.times.between.merge(now.times.between)
        return sample

    def catch_up(self, redis_url: str, timeout: float) -> None:
        """Wait until each client has, of each symbol, the tick that is the newest now. Raises UserError."""
        then = redis_link.newest(redis_url)
        wait_for(lambda: not self.behind(then), "the whole crowd has the newest ticks", timeout)

    def behind(self, then: dict[str, int]) -> int:
        """Return how many clients have not reached the `q` of `then` in each symbol."""
        return sum(load.behind(then) for load in self._loads)

    @property
    def gaps(self) -> int:
        """Gaps that clients received, up to the last sample."""
        return sum(totals.gaps for totals in self._before)
