"""Clients of the product beside the referee's own: `tickcast.follow` and `tickcast verify`, a pair at a door.

Both look at the same feed through the same faults, each with its own rule. The referee judges `follow` by the
ledger, and both must come to the same verdict.
"""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple, Self

from tests.faults.referee.client import Doors
from tests.faults.referee.ledger import Ledger
from tests.faults.referee.trace import Tick
from tests.faults.referee.verdict import Fault
from tests.faults.referee.world import FAST, RARE
from tickcast.cli.verify.newest import Newest
from tickcast.cli.verify.stream_check import StreamCheck
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.client import reconnect
from tickcast.client.events import Gap, Retired
from tickcast.client.events import Tick as TypedTick
from tickcast.client.follow import follow

WAIT = 2.0
"""Seconds that a client waits at most before it comes back: this asks more of the gateways."""

SYMBOLS = (*FAST[:4], RARE[0])


class Seen(NamedTuple):
    """An event of `follow`, and when it came, µs since the epoch."""

    at: int
    event: Any


class Pair:
    """The two at one door."""

    def __init__(self, door: str, port: int) -> None:
        self.door = door
        self.seen: list[Seen] = []
        self.newest: dict[str, Tick] = {}
        """The newest tick of each symbol that `follow` has given."""
        url = f"http://127.0.0.1:{port}"
        self.check = StreamCheck(0)
        self._verify = StreamClient(url, {"interval": "0", "symbols": ",".join(SYMBOLS)}, self.check.on_event)
        self._follow = follow(url, SYMBOLS)

    async def run(self) -> None:
        """Run both until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._verify.run())
            group.create_task(self._read())

    async def _read(self) -> None:
        async with self._follow:
            async for event in self._follow:
                self.seen.append(Seen(time.time_ns() // 1000, event))
                if isinstance(event, TypedTick):
                    self.newest[event.symbol] = _plain(event)

    def has_reached(self, newest: dict[str, Tick]) -> bool:
        """Tell whether both have the newest tick of each of their symbols."""
        wanted = {symbol: newest[symbol] for symbol in SYMBOLS if symbol in newest}
        sequences = {symbol.encode(): tick.q for symbol, tick in wanted.items()}
        has = all(self.newest.get(symbol) == tick for symbol, tick in wanted.items())
        return has and not self.check.behind(Newest(sequences))

    def faults(self, ledger: Ledger) -> list[Fault]:
        """Return what is wrong; another verdict of `verify` is a fault of its own."""
        wrong = [Fault("follow", self.door, *each) for each in wrong_in(self.seen, ledger)]
        found = self.check.findings
        if found.faults:
            wrong.append(Fault("verify", self.door, 0, str(found)))
        if bool(found.faults) != any(each.kind == "follow" for each in wrong):
            wrong.append(Fault("follow and verify differ", self.door, 0, f"{found}, {len(wrong)} faults"))
        return wrong


def wrong_in(seen: Iterable[Seen], ledger: Ledger) -> list[tuple[int, str]]:
    """Return when and what is wrong in what `follow` gave.

    Each tick is one that Redis accepted; each symbol has every tick once and in order, but that a snapshot
    behind a gap may leave some out, and go back where the feed itself did.
    """
    last: dict[str, int] = {}
    found: list[tuple[int, str]] = []
    jumps = back = False
    for at, event in seen:
        if isinstance(event, Gap):
            jumps, back = True, back or event.reason in ("feed", "reset")
            if event.reason == "hole":
                found.append((at, "a hole that no gateway has told of"))
        elif isinstance(event, Retired):
            for symbol in event.symbols:
                last.pop(symbol, None)
        elif isinstance(event, TypedTick):
            before, symbol, q = last.get(event.symbol), event.symbol, event.q
            if ledger.place(_plain(event), None, at) is None and not ledger.holes:
                found.append((at, f"{symbol}: {event} was never accepted"))
            may_jump = jumps and event.snapshot
            if before is not None and q != before + 1 and not (may_jump and (q > before or back)):
                found.append((at, f"{symbol}: q {q} after {before}"))
            if not event.snapshot:
                jumps = back = False
            last[symbol] = q
    return found


class Pairs:
    """The pairs of one run, at a door of each kind. A context manager, as the crowd is."""

    def __init__(self, doors: Doors) -> None:
        # A gateway itself, a line before one, nginx.
        kinds = {door.rpartition("-")[0] or door: door for door in sorted(doors, reverse=True)}
        self._pairs = [Pair(door, doors[door]) for door in kinds.values()]
        self._tasks: list[asyncio.Task[None]] = []
        self._reached = False
        self._longest = reconnect.LONGEST_WAIT

    async def __aenter__(self) -> Self:
        reconnect.LONGEST_WAIT = WAIT
        self._tasks = [asyncio.create_task(pair.run()) for pair in self._pairs]
        return self

    async def __aexit__(self, *_: object) -> None:
        reconnect.LONGEST_WAIT = self._longest
        for task in self._tasks:
            task.cancel()
        for each in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(each, Exception):
                raise each

    async def settle(self, ledger: Ledger, seconds: float) -> None:
        """Let all of them read all that there is."""
        newest = ledger.newest_ticks()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not all(pair.has_reached(newest) for pair in self._pairs):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                self._reached = True

    def faults(self, ledger: Ledger) -> list[Fault]:
        """Return what is wrong."""
        wrong = [fault for pair in self._pairs for fault in pair.faults(ledger)]
        newest = ledger.newest_ticks()
        late = [pair.door for pair in self._pairs if not pair.has_reached(newest)]
        return wrong + [Fault("follow", door, 0, "the newest ticks did not come") for door in late]

    @property
    def ticks(self) -> int:
        """Ticks that the followers were given."""
        return sum(isinstance(each.event, TypedTick) for pair in self._pairs for each in pair.seen)


def _plain(tick: Any) -> Tick:
    return Tick(tick.symbol, tick.q, tick.time, str(tick.price))
