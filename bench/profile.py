"""A profile of a gateway under load: what its CPU went into, so that the report can say why."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tickcast.bench.process import Process, wait_for
from tickcast.bench.profiled_gateway import PROFILE_MARK

PROFILE_SECONDS = 2.0
"""Length of a profile, behind the measured window: it must not disturb that."""

MAX_PLACES = 12
"""Places told; the rest are summed up."""

Profile = dict[str, float]
"""Part of one core, by the place in the program."""


@contextmanager
def profiling(process: Process, into: Profile) -> Iterator[None]:
    """Fill `into` with the profile of what happens meanwhile in a gateway that `bench.sampled` runs."""
    seen = process.output().count(PROFILE_MARK)
    began, used = time.monotonic(), process.cpu()
    process.signal(signal.SIGUSR1)
    yield
    process.signal(signal.SIGUSR2)
    took, cpu = time.monotonic() - began, process.cpu() - used
    wait_for(lambda: process.output().count(PROFILE_MARK) > seen, "the profile", processes=[process])
    line = next(line for line in reversed(process.output().splitlines()) if line.startswith(PROFILE_MARK))
    into.update(shares(json.loads(line.removeprefix(PROFILE_MARK)), cpu / took))


def profile(process: Process, seconds: float = PROFILE_SECONDS) -> Profile:
    """Return where a gateway's CPU goes in the next seconds."""
    found: Profile = {}
    with profiling(process, found):
        time.sleep(seconds)
    return found


def shares(samples: dict[str, int], core: float) -> Profile:
    """Return the part of a core of the most frequent places, given that of the whole; largest first."""
    total = sum(samples.values())
    found = sorted(samples.items(), key=lambda sample: -sample[1])
    told = {place: core * count / total for place, count in found[:MAX_PLACES]}
    if rest := sum(count for _, count in found[MAX_PLACES:]):
        told[f"{len(found) - MAX_PLACES} other places"] = core * rest / total
    # What is left of the core was not for want of CPU.
    return told | {"asleep, or kept from the core by others": max(0.0, 1 - core)}
