"""Runs a gateway that tells on request where its CPU goes: `python -m bench.sampled`, set by TICKCAST_*.

SIGUSR1 starts sampling and SIGUSR2 ends it with a line on standard output. In between the system's own
clock of used CPU interrupts it, so that the samples tell of work and not of waiting. At other times
nothing differs from `tickcast gateway`.
"""

import json
import signal
from collections import Counter
from types import FrameType

PERIOD = 0.004
"""CPU seconds between two samples: as fine as the system counts."""

PROFILE_MARK = "PROFILE "
"""Begins the line of a profile."""

OUR_PACKAGES = ("tickcast.",)


class Sampler:
    """Counts where the process is whenever it has used a little CPU."""

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
        print(PROFILE_MARK + json.dumps(self._seen), flush=True)


def place(frame: FrameType) -> str:
    """Return the name of a frame's function, and whom of ours it works for if it is not ours."""
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
