"""A window of time: what a server delivered in it, by its clients, and what that cost, by the system."""

import os
import time
from dataclasses import dataclass, field

import psutil

from bench.histogram import Histogram
from bench.load import Load
from bench.process import Process
from bench.profile import Profile

LIMIT = 0.9
"""Of one core: a load process that used more may have been the limit itself."""

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
    others: float
    """CPU seconds that others took of the server's core."""
    checked: int
    ages: Histogram
    """Ages of the checked ticks, µs."""
    writes: float = 0.0
    """Frames written to sockets, where the server tells."""
    gaps: int = 0
    """Gaps that clients were told, from the first to the last; those clients are left out of the proof."""
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

    @property
    def yield_(self) -> float:
        """Ticks delivered for a CPU second of the server."""
        return self.ticks / self.cpu if self.cpu else float("inf")

    @property
    def limited(self) -> bool:
        """Tell whether the load may have been the limit, not the server."""
        return self.load_cpu / self.seconds > LIMIT

    def age(self, percent: float) -> float:
        """Return a percentile of the ages, ms."""
        return self.ages.percentile(percent) / 1000

    @property
    def disturbed(self) -> bool:
        """Tell whether somebody else used enough of the server's core to spoil the ages."""
        return self.others / self.seconds > NOISE


def watch(server: Process, load: Load, seconds: float) -> Window:
    """Look at a server for some time."""
    (core, *_) = os.sched_getaffinity(server.pid)
    before, used, busy = load.totals(), server.cpu(), _busy(core)
    time.sleep(seconds)
    after, cpu, taken = load.totals(), server.cpu() - used, _busy(core) - busy
    return Window(
        after.at - before.at,
        cpu,
        after.ticks - before.ticks,
        after.bytes - before.bytes,
        after.reads - before.reads,
        after.cpu - before.cpu,
        max(0.0, taken - cpu),
        after.checked - before.checked,
        after.ages,
    )


def _busy(core: int) -> float:
    """Return the seconds that a core has not been idle, by us, others or the machine's owner."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(sum(times[:8]) - times.idle - times.iowait)
