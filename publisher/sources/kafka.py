"""The `kafka` source: the messages of a topic of Kafka, each with one or more lines as of `stdin`.

Kafka keeps how far Redis has the messages, so each is published at least once, also over crashes and
takeovers; with the start `live` nothing is kept, and each is published at most once.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from tickcast.publisher.source import SourceError, SourceItem, SourceOptions
from tickcast.publisher.sources.complaints import Complaints
from tickcast.publisher.sources.kafka_positions import Positions
from tickcast.publisher.sources.kafka_security import read_security
from tickcast.publisher.sources.line_reader import MAX_LIST, LineReader
from tickcast.publisher.sources.lines import LineSplitter
from tickcast.publisher.sources.times import Times

SETTLE = 2.0
"""Seconds that the end waits for Redis to have all lists; what it lacks then is read again."""

_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")


def kafka(options: SourceOptions) -> "KafkaSource":
    """Return the lists of a topic. Raises SourceError for wrong options, or if aiokafka is missing."""
    if find_spec("aiokafka") is None:
        raise SourceError(
            "the source kafka needs aiokafka, not installed here: pip install 'tickcast[kafka]'"
        )
    servers = [each.strip() for each in options.kafka_servers.split(",")]
    if not all(map(_is_server, servers)):
        raise SourceError("TICKCAST_KAFKA_SERVERS: addresses such as 127.0.0.1:9092 are needed, with commas")
    if not _TOPIC.fullmatch(options.kafka_topic):
        raise SourceError(
            f"TICKCAST_KAFKA_TOPIC: {options.kafka_topic[:60]!r} is no topic: letters, digits, '.', '_', '-'"
        )
    return KafkaSource(servers, options, read_security(options.kafka_security_file))


kafka.takes = (  # type: ignore[attr-defined]
    *("kafka_servers", "kafka_topic", "kafka_group", "kafka_start", "kafka_security_file", "time_unit"),
)


def _is_server(text: str) -> bool:
    found = _SERVER.fullmatch(text)
    return found is not None and 0 < int(found[1]) < 65_536


class KafkaSource:
    """Yields what the messages of a topic hold, and has Kafka keep how far Redis has it."""

    def __init__(self, servers: list[str], options: SourceOptions, security: dict[str, Any]) -> None:
        self._servers = servers
        self._options = options
        self._security = security
        self._positions = Positions()
        self._yielded = 0
        self._written = 0
        self._settled = asyncio.Event()
        """Set when Redis has all lists that were yielded."""

    def written(self, count: int) -> None:
        """Note that Redis has the first `count` lists."""
        self._written = count
        self._positions.written(count)
        if count == self._yielded:
            self._settled.set()

    async def __aiter__(self) -> AsyncIterator[list[SourceItem]]:
        # aiokafka is of an extra, so it is imported only when there is something to read.
        from tickcast.publisher.sources.kafka_link import KafkaLink

        options = self._options
        complaints = Complaints("kafka", options.kafka_topic)
        times = Times(options.time_unit, options.max_ahead)
        reader = LineReader(complaints, times, only_json=True, case=options.symbol_case)
        splitter = LineSplitter()
        link = KafkaLink(self._servers, options, self._security, self._positions)
        try:
            while True:
                items: list[SourceItem] = []
                for message in await link.messages():
                    items += reader.items([*splitter.feed(message.value), *splitter.finish()])
                    self._positions.take(message.partition, message.after)
                    self._positions.mark(self._yielded + -(-len(items) // MAX_LIST))
                    while len(items) >= MAX_LIST:
                        self._yielded += 1
                        yield items[:MAX_LIST]
                        del items[:MAX_LIST]
                if items:
                    self._yielded += 1
                    yield items
        finally:
            try:
                await self._settle()
            finally:
                await link.close()
                complaints.finish()

    async def _settle(self) -> None:
        self._settled.clear()
        if self._written < self._yielded:
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE):
                    await self._settled.wait()
