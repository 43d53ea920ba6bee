"""A running `kafka` source: what it yields, and a Redis that takes it, or does not."""

import asyncio
from typing import Any

import pytest

from tests.support.ticks import DAY
from tickcast.publisher.source import SourceItem, SourceOptions
from tickcast.publisher.sources.kafka import kafka
from tickcast.wire.tick import Tick

TROUBLE = "trouble with kafka"
LISTENING = "listening to kafka"
AGAIN = "connected to kafka again"


class Reading:
    """What a source yields, gathered by a task."""

    def __init__(self, taken: bool = True, **options: Any) -> None:
        """`taken`: Redis has each list as soon as the next one is asked for."""
        self.items: list[SourceItem] = []
        self.lists = 0
        self.source = kafka(SourceOptions(**options))
        self._taken = taken
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for items in self.source:
            self.items += items
            self.lists += 1
            if self._taken:
                self.source.written(self.lists)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the lines that were read."""
        return [item.time - DAY for item in self.items if isinstance(item, Tick)]

    async def end(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


def line(number: int, symbol: str = "AAPL") -> bytes:
    return b'{"S":"%s","t":%d,"p":1.50}' % (symbol.encode(), DAY + number)


def said(logs: list[Any], event: str, **fields: Any) -> bool:
    return any(log["event"] == event and fields.items() <= log.items() for log in logs)
