"""Which symbols leave the feed by themselves, or because an operator said so, while this publisher leads.

A symbol is retired when it had no tick for a set time, when the feed has another source now and that does not
have the symbol, and when an operator orders it (`publisher/orders.py`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from tickcast.publisher.chunk import Chunk
from tickcast.publisher.idle_symbols import IdleSymbols
from tickcast.publisher.orders import Order, Orders
from tickcast.publisher.pipeline import Pipeline
from tickcast.publisher.sequencer import Sequencer
from tickcast.publisher.writer import Writer
from tickcast.wire.notice import Notice, Retired

PERIOD = 0.5
"""Seconds between two looks for orders, and for symbols that have to leave."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class RetirementRules:
    """When symbols leave by themselves."""

    after: float = 0.0
    """Seconds without a tick after which a symbol is retired; 0: never."""
    grace: float = 60.0
    """Seconds that a new source has for a first tick of each symbol that another source left behind."""


class Retirement:
    """Looks for symbols that have to leave, and for orders, until it is cancelled."""

    def __init__(
        self,
        rules: RetirementRules,
        pipelines: Mapping[int, Pipeline],
        sequencer: Sequencer,
        orders: Orders | None,
        say: Callable[[list[Notice]], Awaitable[None]],
        put: Callable[[int, Chunk], Awaitable[None]],
    ) -> None:
        """`pipelines` are those of the partitions led now, of which some may go.

        `say` publishes notices, and `put` a chunk of one partition; both keep their order.
        """
        self._rules = rules
        self._pipelines = pipelines
        self._sequencer = sequencer
        self._orders = orders
        self._say = say
        self._put = put
        self._under_way: dict[int, set[bytes]] = {}
        """Ids of orders that are carried out or will be, and are not deleted yet, by partition."""
        self._carried_out: dict[int, list[bytes]] = {}
        """Ids of orders to delete."""
        self._idle = IdleSymbols(rules.after)
        self._left_behind: dict[str, int] = {}
        """Symbol of another source -> its sequence number when this term began."""
        self._leaving: list[tuple[Writer, bytes, bytes]] = []
        """Writer, symbol and newest tick of what is being retired."""

    async def run(self) -> None:
        """Call it once the term has taken over, before the first tick of the source."""
        settled = self._begin_grace()
        while True:
            for partition in list(self._pipelines):
                await self._obey(partition)
            if idle := self._idle.look(self._sequencer.counts):
                await self._retire([*idle], "idle")
            if settled is not None and time.monotonic() >= settled:
                settled = None if await self._settle() else settled
            await asyncio.sleep(PERIOD)

    @property
    def _writers(self) -> list[Writer]:
        return [pipeline.writer for pipeline in self._pipelines.values()]

    def _begin_grace(self) -> float | None:
        """Return when the symbols of the source before are retired; None: there is none."""
        changed = [writer for writer in self._writers if writer.source_before]
        if not changed:
            return None
        counts = self._sequencer.counts()
        for writer in changed:
            for symbol in map(bytes.decode, {**writer.held.last, **writer.held.symbols}):
                if not self._sequencer.describes(symbol):
                    self._left_behind[symbol] = counts.get(symbol, 0)
        _log.info(
            "the source has changed: symbols that the new one does not have will be retired",
            before=changed[0].source_before,
            symbols=len(self._left_behind),
            seconds=self._rules.grace,
        )
        return time.monotonic() + self._rules.grace

    async def _settle(self) -> bool:
        """Retire what the source before left behind; tell whether that is done in Redis."""
        counts = self._sequencer.counts()
        gone = [symbol for symbol, q in self._left_behind.items() if counts.get(symbol, 0) == q]
        self._left_behind.clear()
        if gone:
            named = {symbol.encode("ascii") for symbol in gone}
            self._leaving = [
                (writer, key, tick)
                for writer in self._writers
                for key, tick in writer.held.last.items()
                if key in named
            ]
            await self._retire(gone, "source")
        led = self._writers
        if any(writer in led and writer.held.last.get(key) == tick for writer, key, tick in self._leaving):
            return False
        self._leaving = []
        for writer in self._writers:
            if writer.source_before:
                await writer.source_settled()
        return True

    async def _retire(self, symbols: list[str], reason: str) -> None:
        _log.info("symbols are retired", symbols=len(symbols), first=symbols[0], reason=reason)
        await self._say([Retired(symbol, reason) for symbol in symbols])

    async def _obey(self, partition: int) -> None:
        if self._orders is None:
            return
        # An order is deleted when Redis has what it says. One that is carried out twice, after a takeover,
        # changes nothing.
        await self._orders.done(partition, self._carried_out.pop(partition, []))
        under_way = self._under_way.setdefault(partition, set())
        found = await self._orders.read(partition)
        under_way &= {order.id for order in found}
        if new := [order for order in found if order.id not in under_way]:
            for order in new:
                under_way.add(order.id)
                await self._carry_out(partition, order)
            written = partial(self._note_written, partition, [order.id for order in new])
            await self._put(partition, Chunk([], b"", after=[written]))

    def _note_written(self, partition: int, ids: list[bytes]) -> None:
        self._carried_out.setdefault(partition, []).extend(ids)

    async def _carry_out(self, partition: int, order: Order) -> None:
        known = [each for each in order.descriptions if self._sequencer.knows(each.symbol)]
        described = [self._sequencer.describe(each) for each in known]
        if described:
            await self._put(partition, Chunk([], b"", described))
        if order.retired:
            await self._retire(order.retired, "operator")
