"""Clients of every kind, in one event loop."""

import asyncio
import random
from collections.abc import Sequence

from tests.faults.referee.client import Client, Doors
from tests.faults.referee.ledger import Ledger, now
from tests.faults.referee.trace import Plan, Trace

ENCODINGS = ("identity", "gzip", "zstd", "gzip-go")


def plans(fast: Sequence[str], rare: Sequence[str], chance: random.Random, count: int) -> list[Plan]:
    """Return `count` plans, every kind among them before any comes again; at least KINDS of them.

    `rare` symbols have a tick in some seconds: a decoder that holds something back shows there.
    """
    made: list[Plan] = []

    def some() -> tuple[str, ...]:
        return (*chance.sample(list(fast), min(len(fast), chance.randint(2, 5))), chance.choice(list(rare)))

    def add(name: str, symbols: tuple[str, ...], **kind: object) -> None:
        made.append(Plan(f"{len(made)}-{name}", symbols, **kind))  # type: ignore[arg-type]

    while len(made) < count:
        for encoding in ENCODINGS:
            add(f"every-{encoding}", some(), encoding=encoding, wanders=chance.random() < 0.3)
            add(f"rare-{encoding}", tuple(rare), encoding=encoding)
        for interval in (50, 250, 1000):
            encoding = chance.choice(ENCODINGS[:3])
            add(f"{interval}ms-{encoding}", some(), interval=interval, encoding=encoding)
            add(f"{interval}ms-wanders", some(), interval=interval, wanders=True)
        add("array", some(), array=True, encoding=chance.choice(ENCODINGS[:3]), wanders=True)
        add("bars", some(), bars="1s,1m,15m,1d")
        add("bars-wanders", some(), bars="1s", encoding="zstd", wanders=True)
        add("bars-250ms", some(), bars="1m,1d", interval=250)
        add("slow", some(), pace="slow")
        add("slow-250ms", some(), pace="slow", interval=250)
        add("stopped", some(), pace="stopped", encoding=chance.choice(ENCODINGS[:3]))
        add("stopped-50ms", some(), pace="stopped", interval=50)
        add("patches", (*some(), *chance.sample(list(fast), 2)), patches=True)
        add("patches-wanders", (*some(), *chance.sample(list(fast), 2)), patches=True, wanders=True)
        add("patches-250ms", (*some(), *chance.sample(list(fast), 2)), patches=True, interval=250)
        add("hostile", some(), hostile=True, wanders=True)
        add("hostile-50ms", some(), hostile=True, wanders=True, interval=50)
        add("hostile-gzip", some(), hostile=True, wanders=True, encoding="gzip")
    unique = (Plan(**{**vars(plan), "symbols": tuple(dict.fromkeys(plan.symbols))}) for plan in made[:count])
    return list(unique)


KINDS = 28
"""Plans in one turn of `plans`."""


class Pulse:
    """Measures for how long this event loop was held up, at most: by so much may all seem late."""

    EVERY = 0.05

    def __init__(self) -> None:
        self.stall = 0
        """µs."""

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            before = now()
            await asyncio.sleep(self.EVERY)
            self.stall = max(self.stall, now() - before - int(self.EVERY * 1e6))


class Crowd:
    """The clients of one run. A context manager: they come when it is entered, and go when it is left."""

    def __init__(self, wanted: list[Plan], doors: Doors, chance: random.Random) -> None:
        self.clients = [Client(plan, doors, random.Random(chance.random())) for plan in wanted]
        self.pulse = Pulse()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def traces(self) -> list[Trace]:
        """What they saw."""
        return [client.trace for client in self.clients]

    async def __aenter__(self) -> "Crowd":
        self._tasks = [asyncio.create_task(client.run()) for client in self.clients]
        self._tasks.append(asyncio.create_task(self.pulse.run()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        found = await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in found:
            if isinstance(each, Exception):
                raise each

    async def settle(self, ledger: Ledger, seconds: float) -> bool:
        """Let every client read all that there is; tell whether all have the newest tick within `seconds`."""
        for client in self.clients:
            client.calm = True
        try:
            async with asyncio.timeout(seconds):
                while not all(map(_Reached(ledger), self.clients)):  # noqa: ASYNC110 - nothing announces it
                    await asyncio.sleep(0.1)
        except TimeoutError:
            return False
        return True


class _Reached:
    """Tells whether a client has the newest tick of each of its symbols."""

    def __init__(self, ledger: Ledger) -> None:
        self._newest = ledger.newest_ticks()

    def __call__(self, client: Client) -> bool:
        if not client.is_open:
            return False
        wanted = {symbol: self._newest[symbol] for symbol in client.symbols if symbol in self._newest}
        for event in reversed(client.trace.events):
            if not wanted:
                return True
            ticks = [event.data] if event.kind == "tick" else event.data if event.kind in _ARRAYS else ()
            for tick in ticks:
                if wanted.get(tick.symbol) == tick:
                    del wanted[tick.symbol]
        return not wanted


_ARRAYS = ("ticks", "snapshot")
