"""A window of time: the deliveries of a server as its clients counted them, and its cost in CPU."""

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
"""Share of the cores of clients, publisher and Redis above which the load may be the limit."""

NOISE = 0.1
"""Share of the server's core used by other programs above which ages are not the server's."""


@dataclass
class Window:
    """Measurements between two moments."""

    seconds: float
    cpu: float
    """CPU seconds of the server."""
    ticks: int
    bytes: int
    reads: int
    load_cpu: float
    """CPU seconds of the busiest load process."""
    other_cores: float
    """Busy share of all other cores; on a machine with one core, the share of the load."""
    foreign_cpu: float
    """CPU seconds of other programs on the server's core."""
    checked: int
    times: Times
    """Times of the checked ticks."""
    writes: float = 0.0
    """Frames written to sockets, if the server counts them."""
    busy: float = 0.0
    """Busy share of a gateway's loop at the end, by its own metric."""
    rest: float = 0.0
    """Rest of a gateway at the end, as a multiple of the work before it."""
    gaps: int = 0
    """Gaps that clients received since the start."""
    proof: Proof = NO_PROOF
    """The proof of all deliveries, not only those in the window."""
    profile: Profile = field(default_factory=dict)
    """CPU profile of the server just after the window; empty if not taken."""

    @property
    def core(self) -> float:
        """The share of one core that the server used."""
        return self.cpu / self.seconds

    @property
    def rate(self) -> float:
        """Ticks delivered a second."""
        return self.ticks / self.seconds

    @property
    def cost(self) -> float:
        """CPU of the server for one tick to one client, µs."""
        return 1e6 * self.cpu / self.ticks if self.ticks else float("inf")

    def relative_cost(self, other: "Window") -> float | None:
        """Return this cost divided by that of `other`; None if `other` used less CPU than is counted."""
        return self.cost / other.cost if other.cpu else None

    @property
    def yield_(self) -> float:
        """Ticks delivered for each CPU second of the server."""
        return self.ticks / self.cpu if self.cpu else float("inf")

    @property
    def limited(self) -> bool:
        """Tell whether the load, not the server, may have been the limit."""
        return max(self.other_cores, self.load_cpu / self.seconds) > LOAD_LIMIT

    def age(self, percent: float) -> float:
        """Return a percentile of the ages, ms."""
        return self.times.ages.percentile(percent) / 1000

    def between(self, percent: float) -> float:
        """Return a percentile of the time between a client's frames, ms."""
        return self.times.between.percentile(percent) / 1000

    @property
    def disturbed(self) -> bool:
        """Tell whether other programs used enough of the server's core to distort the ages."""
        return self.foreign_cpu / self.seconds > NOISE


def measure_window(server: Process, load: Load, seconds: float) -> Window:
    """Measure a server for `seconds`."""
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
    """Return the seconds in which cores have been busy, whatever the program."""
    each = psutil.cpu_times(percpu=True)
    return float(sum(sum(each[core][:8]) - each[core].idle - each[core].iowait for core in cores))
