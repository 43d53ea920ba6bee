"""A feed, and the same some seconds later, by real programs, and clients of both that check every tick."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from tests.cluster.watcher import Watchers, watching
from tests.support.eventually import eventually
from tests.support.programs import Program, running, running_gateway, running_publisher
from tickcast.cli.ticks import split_snapshot
from tickcast.cli.verify.stream_client import StreamClient
from tickcast.client.sse import Event
from tickcast.publisher.broker import Broker
from tickcast.wire.batch import decode_batch
from tickcast.wire.names import MAIN, FeedNames, delayed_feed

DELAY = 2000
"""ms."""

LATER = FeedNames(delayed_feed(MAIN.feed, DELAY))

_TIME = re.compile(rb'"t":([0-9]{16})')
_Q = re.compile(rb'"q":[0-9]+,')


class Earliest:
    """How much later than its own time each price of a feed came to a client, at least, in µs."""

    def __init__(self) -> None:
        self.lag = 10**12
        self.ticks = 0

    def on_event(self, event: Event) -> None:
        """Look at the prices of an event."""
        now = time.time_ns() // 1000
        if event.type in (b"tick", b"snapshot"):
            for tick in split_snapshot(event.data) if event.type == b"snapshot" else [event.data]:
                found = _TIME.search(tick)
                assert found, tick
                self.lag = min(self.lag, now - int(found[1]))
                self.ticks += 1


@dataclass
class Both:
    """What runs."""

    url: str
    partitions: int
    live: Watchers
    late: Watchers
    delayers: list[Program]
    earliest: Earliest

    @property
    def all(self) -> Watchers:
        """The clients of both feeds."""
        return Watchers([*self.live, *self.late])

    async def told(self, state: str, since: float) -> None:
        """Wait until every client of both was told a state of its feed since a moment."""
        await eventually(lambda: all(state in watcher.feed(since) for watcher in self.all))

    def gaps(self) -> list[set[str]]:
        """Return for each client the reasons of its gaps."""
        return [{data["reason"] for _, data in watcher.of("gap")} for watcher in self.all]

    async def assert_late(self) -> None:
        """Fail if a price came before its delay was over, or if the log lacks ticks or has one twice."""
        assert self.earliest.ticks > 100
        assert self.earliest.lag >= DELAY * 1000
        broker = Broker(self.url, timeout=20)
        try:
            for partition in range(self.partitions):
                assert_same(*await eventually(partial(logs, broker, partition)))
        finally:
            await broker.close()


Log = dict[bytes, int]
"""When Redis took each tick that is in a log, in order; `q` is left out of the ticks."""


async def logs(broker: Broker, partition: int) -> tuple[Log, Log] | None:
    """Return the logs of both feeds as soon as they have some ticks in common, also behind a new gap."""
    early, late = [await taken(broker, names, partition) for names in (MAIN, LATER)]
    return (early, late) if len(early.keys() & late.keys()) > 20 else None


async def taken(broker: Broker, names: FeedNames, partition: int) -> Log:
    """Return a log; of ticks that are alike, as the simulator makes some, the later ones are numbered."""
    found: Log = {}
    alike = Counter[bytes]()
    for _, fields in await broker.read_on(names.log(partition), 100_000):
        batch = decode_batch(fields[b"b"])
        for _, json in batch.ticks:
            tick = _Q.sub(b"", json, count=1)
            found[b"%b %d" % (tick, alike[tick])] = batch.sent
            alike[tick] += 1
    return found


def assert_same(early: Log, late: Log) -> None:
    """Fail unless one log has what the other has had, later, back to where one of them begins."""
    assert min(late[tick] - early[tick] for tick in early.keys() & late.keys()) >= DELAY * 1000
    wanted, found = list(early), list(late)[::-1]
    wanted = wanted[: wanted.index(found[0]) + 1][::-1]
    same = next((at for at, pair in enumerate(zip(wanted, found, strict=False)) if pair[0] != pair[1]), None)
    # Behind a gap the log begins with the newest tick of each symbol.
    symbols = {tick.split(b'"', 4)[3] for tick in found}
    assert same is None or len(found) - same <= len(symbols)


@asynccontextmanager
async def both_feeds(url: str, partitions: int) -> AsyncIterator[Both]:
    """Run publishers, two delayers, a gateway of each feed and clients; entered when both feeds are live."""
    shape = {"partitions": partitions}
    minutes = DELAY / 60_000
    earliest = Earliest()
    async with (
        running_publisher(url, **shape),
        running_publisher(url, **shape),
        running("delayer", redis_url=url, delay_minutes=minutes) as one,
        running("delayer", redis_url=url, delay_minutes=minutes) as other,
        running_gateway(url, **shape) as now,
        running_gateway(url, feed=LATER.feed, **shape) as later,
        watching(now.url, 2, "*") as live,
        watching(later.url, 2, "*") as late,
    ):
        for gateway in (now, later):
            # Ticks come before all partitions are live, and what was never live does not become stale.
            await eventually(lambda said=gateway.output: "feed is live" in said())  # type: ignore[misc]
        client = StreamClient(later.url, {"symbols": "*"}, earliest.on_event)
        reading = asyncio.create_task(client.run())
        both = Both(url, partitions, live, late, [one, other], earliest)
        yield both
        reading.cancel()
        await asyncio.wait({reading})
        await both.assert_late()
        assert all(watcher.client.reconnects == 0 for watcher in both.all)
    both.all.assert_exact()
