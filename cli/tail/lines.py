"""`tail` as lines of JSON, one for each tick or bar, as received."""

import asyncio
import contextlib
import sys
import time

from tickcast.cli.tail.absent import Absent, absent_words
from tickcast.cli.tail.follow import Wanted, follow
from tickcast.cli.tail.losses import Losses
from tickcast.cli.ticks import split_snapshot
from tickcast.client.sse import Event
from tickcast.runtime.urls import shown_url


async def print_lines(wanted: Wanted, count: int | None) -> int:
    """Print until cancelled, or `count` lines; return the exit code. Raises what `follow` raises."""
    left, bars, losses = count, "bars" in wanted.params, Losses()
    absent = _AbsentTold(wanted)
    async with contextlib.aclosing(follow(wanted, _Problems())) as events:
        try:
            async for event in events:
                absent.hear(event)
                if event.type == (b"bar" if bars else b"tick"):
                    lines = [event.data]
                elif event.type == b"snapshot" and not bars:
                    lines = split_snapshot(event.data)
                else:
                    _print_loss(losses, event)
                    continue
                lines = lines[:left]
                sys.stdout.buffer.write(b"".join([line + b"\n" for line in lines]))
                sys.stdout.buffer.flush()
                if left is not None:
                    left -= len(lines)
                    if left == 0:
                        return 0
        finally:
            absent.end()
    return 0


class _AbsentTold:
    """Says on stderr which symbols have no value, each once."""

    def __init__(self, wanted: Wanted) -> None:
        self._absent, self._url = Absent(wanted.symbols), shown_url(wanted.url)
        self._told: set[str] = set()
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, event: Event) -> None:
        """Take an event."""
        self._absent.hear(event.type, event.data, time.monotonic())
        due = self._absent.due()
        if due != self._due:
            self.end()
            self._due = due
            if due is not None:
                wait = due - time.monotonic()
                self._timer = asyncio.get_running_loop().call_later(wait, self._tell)

    def end(self) -> None:
        """Say nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _tell(self) -> None:
        # A timer may be a little early by another clock.
        names = self._absent.names(max(time.monotonic(), self._due or 0.0))
        if new := [name for name in names if name not in self._told]:
            self._told.update(new)
            print(f"tickcast: {absent_words(new, self._url)}", file=sys.stderr, flush=True)


def _print_loss(losses: Losses, event: Event) -> None:
    # An event that cannot be read changes nothing.
    with contextlib.suppress(ValueError, KeyError, TypeError):
        if loss := losses.on_event(event.type.decode(), event.data.decode()):
            print(f"tickcast: {loss.words}", file=sys.stderr, flush=True)


class _Problems:
    """Prints each connection problem once, on stderr; stdout holds the data."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, words: str) -> None:
        problem, waiting, _ = words.partition("; again in")
        if waiting and problem != self._last:
            print(f"tickcast: {problem}; trying again", file=sys.stderr, flush=True)
            self._last = problem
