"""Runs a gateway with a sampling profiler; its settings come from TICKCAST_* variables.

    python -m tickcast.bench.profiled_gateway

SIGUSR1 starts sampling; SIGUSR2 ends it and prints the samples as a line on standard output. The timer counts
used CPU (ITIMER_PROF), so that the samples show work and not waiting. Without these signals the process does
the same as `tickcast gateway`.
"""

import signal
from collections import Counter
from types import FrameType

import orjson

PERIOD = 0.004
"""CPU seconds between two samples: the resolution of the system."""

PROFILE_MARK = "PROFILE "
"""The beginning of the line with the samples."""

OUR_PACKAGES = ("tickcast.",)


class Sampler:
    """Counts the places at which the process is, each time that it has used a little CPU."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(signal.SIGUSR1, self._start)
        signal.signal(signal.SIGUSR2, self._end)

    def _start(self, number: int, frame: FrameType | None) -> None:
        self._seen.clear()
        signal.setitimer(signal.ITIMER_PROF, PERIOD, PERIOD)

    def _sample(self, number: int, frame: FrameType | None) -> None:
        if frame is not None:
            self._seen[place(frame)] += 1

    def _end(self, number: int, frame: FrameType | None) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(PROFILE_MARK + orjson.dumps(self._seen).decode(), flush=True)


def place(frame: FrameType) -> str:
    """Return the name of a frame's function; for a library's function, also our function that called it."""
    leaf = _name(frame)
    outer: FrameType | None = frame
    while outer is not None and not _name(outer).startswith(OUR_PACKAGES):
        outer = outer.f_back
    return leaf if outer is None or outer is frame else f"{leaf} for {_name(outer)}"


def _name(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_qualname}"


if __name__ == "__main__":
    from tickcast.cli.settings import load_settings
    from tickcast.gateway.program import run
    from tickcast.gateway.settings import GatewaySettings

    Sampler()
    run(load_settings(GatewaySettings, {}))
