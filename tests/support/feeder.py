"""A publisher by hand: it writes exactly the batches that a test asks for, and forges others."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

from tests.support.client import redis_client
from tickcast.publisher.broker import Broker
from tickcast.wire.bar import ALL_INTERVALS, INTERVALS, Bar, encode_bar
from tickcast.wire.batch import encode_lines
from tickcast.wire.instrument import Instrument, encode_instrument
from tickcast.wire.names import MAIN, FeedNames
from tickcast.wire.notice import Notice, Retired, encode_notice
from tickcast.wire.position import START, Position, parse_position
from tickcast.wire.scripts import CLAIM, PUBLISH
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, encode_tick

KEPT = " ".join(INTERVALS), " ".join(str(ALL_INTERVALS[name].kept) for name in INTERVALS)
"""How many final bars to keep, as the script takes it."""

NOWHERE = "nowhere"
"""A channel that nobody listens to."""


class Feeder:
    """The one writer of a test's feed. A context manager."""

    def __init__(self, url: str, partitions: int = 1, names: FeedNames = MAIN) -> None:
        self.names = names
        self.partitions = partitions
        self.epochs = [""] * partitions
        self.positions = [START] * partitions
        """Newest id of each partition."""
        self.redis = redis_client(url)
        """For what no publisher does."""
        self._broker = Broker(url, timeout=60)
        self._fence = 0
        self._batch = 0
        self._writing = asyncio.Lock()
        self.counts: dict[str, int] = {}
        """q of the newest tick of each symbol."""

    async def __aenter__(self) -> Self:
        await self.claim()
        # A publisher's first sign of life: without one no gateway calls the feed live.
        await self.heartbeat()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._broker.close()
        await self.redis.aclose()

    async def claim(
        self, instruments: Sequence[Instrument] = (), renew: bool = False, last: Sequence[bytes] = ()
    ) -> None:
        """Become the writer of every partition; `last` is written back where the epoch is new."""
        # A heartbeat beside it would be that of the writer before.
        async with self._writing:
            await self._claim(instruments, renew, last)

    async def _claim(self, instruments: Sequence[Instrument], renew: bool, last: Sequence[bytes]) -> None:
        self._fence += 1
        for partition in range(self.partitions):
            mine = [each for each in instruments if self._home(each.symbol) == partition]
            kept = [json for json in last if self._home(_symbol(json)) == partition]
            arguments: list[Any] = [self._fence, secrets.token_hex(8), int(renew)]
            arguments += [str(self.positions[partition]), len(mine)]
            for each in mine:
                arguments += [each.symbol, encode_instrument(each)]
            arguments.append(len(kept))
            for json in kept:
                arguments += [_symbol(json), json]
            arguments.append(0)
            keys = (self.names.meta, self.names.log, self.names.last, self.names.symbols, self.names.bars)
            answer = await self._broker.script(CLAIM, [key(partition) for key in keys], arguments)
            assert answer[0] == b"ok", answer
            self.epochs[partition], self.positions[partition] = answer[1].decode(), parse_position(answer[2])

    def _home(self, symbol: str) -> int:
        return partition_of(symbol.encode(), self.partitions)

    def make(self, *symbols: str) -> list[tuple[bytes, bytes]]:
        """Return the next tick of each symbol, in order."""
        ticks = []
        for symbol in symbols:
            q = self.counts[symbol] = self.counts.get(symbol, 0) + 1
            tick = Tick(symbol, time.time_ns() // 1000, f"{100 + q / 100:.2f}", "1")
            ticks.append((symbol.encode(), encode_tick(tick, q)))
        return ticks

    async def tick(self, *symbols: str, heard: bool = True) -> Position:
        """Publish one batch with the next tick of each symbol; all of them are of one partition."""
        return await self.publish(self.make(*symbols), heard=heard)

    async def publish(
        self, ticks: list[tuple[bytes, bytes]], heard: bool = True, bars: Sequence[Bar] = ()
    ) -> Position:
        """Publish one batch exactly; one that is not `heard` goes to the log and not to the channel."""
        named = {symbol.decode() for symbol, _ in ticks} | {bar.symbol for bar in bars}
        (partition,) = {self._home(symbol) for symbol in named}
        return await self._write(partition, ticks, heard, bars)

    async def say(self, *notices: Notice, heard: bool = True) -> Position:
        """Publish one batch with notices; all of them are of symbols of one partition."""
        (partition,) = {self._home(notice.symbol) for notice in notices}
        for notice in notices:
            if isinstance(notice, Retired):
                self.counts.pop(notice.symbol, None)
        async with self._writing:
            return await self._write_next(partition, [], heard, (), notices)

    async def heartbeat(self) -> None:
        """Show every partition that the publisher lives."""
        for partition in range(self.partitions):
            await self._write(partition, [], heard=True)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Send a heartbeat a second meanwhile, as a publisher does."""

        # Not by a cancellation, which redis-py can swallow.
        ended = asyncio.Event()

        async def beat() -> None:
            while not ended.is_set():
                await self.heartbeat()
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), 1)

        task = asyncio.create_task(beat())
        try:
            yield
        finally:
            ended.set()
            await task

    async def _write(
        self, partition: int, ticks: list[tuple[bytes, bytes]], heard: bool, bars: Sequence[Bar] = ()
    ) -> Position:
        # A heartbeat beside it must name the newest id as well.
        async with self._writing:
            return await self._write_next(partition, ticks, heard, bars)

    async def _write_next(
        self,
        partition: int,
        ticks: list[tuple[bytes, bytes]],
        heard: bool,
        bars: Sequence[Bar],
        notices: Sequence[Notice] = (),
    ) -> Position:
        self._batch += 1
        minid = f"{int(time.time() * 1000) - 60_000}-0"
        keys = [key(partition) for key in (self.names.meta, self.names.log, self.names.last)]
        keys.append(self.names.live(partition) if heard else NOWHERE)
        keys += [self.names.bars(partition), self.names.symbols(partition)]
        prev = str(self.positions[partition])
        mine = (self._fence, self.epochs[partition], prev, self._batch, minid)
        formed = encode_lines([(bar.symbol.encode(), encode_bar(bar)) for bar in bars])
        held = ("PUBLISH", len(ticks), encode_lines(ticks), len(bars), formed, *KEPT, 0, 0)
        said = encode_lines([(notice.symbol.encode(), encode_notice(notice)) for notice in notices])
        held = (*held, len(notices), said)
        answer = await self._broker.script(PUBLISH, keys, [*mine, *held])
        assert answer[0] == b"ok", answer
        self.positions[partition] = parse_position(answer[1])
        return self.positions[partition]

    async def forge(self, batch: bytes, partition: int = 0) -> None:
        """Send any bytes over the live channel."""
        await self.redis.publish(self.names.live(partition), batch)


def _symbol(json: bytes) -> str:
    return json.split(b'"', 4)[3].decode()
