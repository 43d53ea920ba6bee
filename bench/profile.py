"""CPU profiles of a gateway under load, which explain a missed target."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from tickcast.bench.process import Process, wait_for
from tickcast.bench.profiled_gateway import PROFILE_MARK

PROFILE_SECONDS = 2.0
"""Length of a profile, after the measured window, which it must not disturb."""

MAX_PLACES = 12
"""Places listed, at most; the rest is summed up."""

Profile = dict[str, float]
"""Share of one core, by place in the program."""


@contextmanager
def profiling(process: Process, into: Profile) -> Iterator[None]:
    """Profile a gateway of `bench.profiled_gateway` while the block runs; the profile goes to `into`."""
    seen = process.output().count(PROFILE_MARK)
    began, used = time.monotonic(), process.cpu()
    process.signal(signal.SIGUSR1)
    yield
    process.signal(signal.SIGUSR2)
    took, cpu = time.monotonic() - began, process.cpu() - used
    wait_for(lambda: process.output().count(PROFILE_MARK) > seen, "the profile", processes=[process])
    line = next(line for line in reversed(process.output().splitlines()) if line.startswith(PROFILE_MARK))
    into.update(shares(orjson.loads(line.removeprefix(PROFILE_MARK)), cpu / took))


def profile(process: Process, seconds: float = PROFILE_SECONDS) -> Profile:
    """Return the profile of a gateway over the next `seconds`."""
    found: Profile = {}
    with profiling(process, found):
        time.sleep(seconds)
    return found


def shares(samples: dict[str, int], core: float) -> Profile:
    """Return the shares of a core by place, largest first; `core` is the share of the whole process."""
    total = sum(samples.values())
    found = sorted(samples.items(), key=lambda sample: -sample[1])
    listed = {place: core * count / total for place, count in found[:MAX_PLACES]}
    if rest := sum(count for _, count in found[MAX_PLACES:]):
        listed[f"{len(found) - MAX_PLACES} other places"] = core * rest / total
    # The process left the rest of the core unused.
    return listed | {"asleep, or kept from the core by others": max(0.0, 1 - core)}
