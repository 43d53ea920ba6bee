"""A window of time: what a server delivered in it, by its clients, and what that cost, by the system."""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field

import psutil

from tickcast.bench.checker import Times
from tickcast.bench.load import Load
from tickcast.bench.process import Process
from tickcast.bench.profile import Profile
from tickcast.bench.totals import NO_PROOF, Proof

LOAD_LIMIT = 0.9
"""Of the cores on which clients, publisher and Redis run: where more is used, those may be the limit."""

NOISE = 0.1
"""Of the server's core, used by others: beyond it the ages tell of them rather than of the server."""


@dataclass
class Window:
    """What happened between two moments."""

    seconds: float
    cpu: float
    """CPU seconds of the server."""
    ticks: int
    bytes: int
    reads: int
    load_cpu: float
    """CPU seconds of the busiest load process."""
    other_cores: float
    """The part of all other cores that was busy, by whomever; of the load's own where there is but one."""
    foreign_cpu: float
    """CPU seconds that others took of the server's core."""
    checked: int
    times: Times
    """Of the checked ticks."""
    writes: float = 0.0
    """Frames written to sockets, where the server tells."""
    gaps: int = 0
    """Gaps that clients were told, from the first to the last."""
    proof: Proof = NO_PROOF
    """Of all that was delivered, not in the window alone."""
    profile: Profile = field(default_factory=dict)
    """Where the server's CPU went, just after the window; empty where nobody asked."""

    @property
    def core(self) -> float:
        """The part of one core that the server used."""
        return self.cpu / self.seconds

    @property
    def rate(self) -> float:
        """Ticks delivered a second."""
        return self.ticks / self.seconds

    @property
    def cost(self) -> float:
        """CPU of the server for a tick to a client, µs."""
        return 1e6 * self.cpu / self.ticks if self.ticks else float("inf")

    def relative_cost(self, other: "Window") -> float | None:
        """Return its cost in that of another; None where that took less CPU than the system can count."""
        return self.cost / other.cost if other.cpu else None

    @property
    def yield_(self) -> float:
        """Ticks delivered for a CPU second of the server."""
        return self.ticks / self.cpu if self.cpu else float("inf")

    @property
    def limited(self) -> bool:
        """Tell whether the load may have been the limit, not the server."""
        return max(self.other_cores, self.load_cpu / self.seconds) > LOAD_LIMIT

    def age(self, percent: float) -> float:
        """Return a percentile of the ages, ms."""
        return self.times.ages.percentile(percent) / 1000

    def between(self, percent: float) -> float:
        """Return a percentile of the time between a client's frames, ms."""
        return self.times.between.percentile(percent) / 1000

    @property
    def disturbed(self) -> bool:
        """Tell whether somebody else used enough of the server's core to spoil the ages."""
        return self.foreign_cpu / self.seconds > NOISE


def measure_window(server: Process, load: Load, seconds: float) -> Window:
    """Look at a server for some time."""
    (core, *_) = os.sched_getaffinity(server.pid)
    rest = os.sched_getaffinity(0) - {core}
    before, used, busy, crowded = load.totals(), server.cpu(), busy_seconds({core}), busy_seconds(rest)
    time.sleep(seconds)
    after, cpu = load.totals(), server.cpu() - used
    taken, crowded = busy_seconds({core}) - busy, busy_seconds(rest) - crowded
    took, load_cpu = after.at - before.at, after.cpu - before.cpu
    return Window(
        took,
        cpu,
        after.ticks - before.ticks,
        after.bytes - before.bytes,
        after.reads - before.reads,
        load_cpu,
        crowded / took / len(rest) if rest else load_cpu / took,
        max(0.0, taken - cpu),
        after.checked - before.checked,
        after.times,
    )


def busy_seconds(cores: Collection[int]) -> float:
    """Return the seconds that cores have not been idle, by us, others or the machine's owner."""
    each = psutil.cpu_times(percpu=True)
    return float(sum(sum(each[core][:8]) - each[core].idle - each[core].iowait for core in cores))
