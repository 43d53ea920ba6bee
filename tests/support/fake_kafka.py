"""As much of Kafka as the source `kafka` needs, in this process: partitions, kept positions, an outage."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    OffsetOutOfRangeError,
    UnknownTopicOrPartitionError,
)

LINK = "tickcast.publisher.sources.kafka_link.AIOKafkaConsumer"


class Record(NamedTuple):
    offset: int
    value: bytes | None


@dataclass
class Partition:
    first: int = 0
    values: list[bytes | None] = field(default_factory=list)
    """The messages from offset `first` on."""

    @property
    def end(self) -> int:
        return self.first + len(self.values)


class FakeKafka:
    """A cluster of one broker, which consumers find by no address."""

    servers = "127.0.0.1:9092"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.topics: dict[str, list[Partition]] = {}
        self.kept: dict[tuple[str, str, int], int] = {}
        """(group, topic, partition) -> position."""
        self.down = False
        self.refuses_to_keep: KafkaError | None = None
        self.options: dict[str, Any] = {}
        """Those of the newest consumer."""
        self.open = 0
        """Consumers that were not stopped."""
        self._changed = asyncio.Condition()
        monkeypatch.setattr(LINK, self._consumer)

    def _consumer(self, **options: Any) -> "FakeConsumer":
        self.options = options
        self.open += 1
        return FakeConsumer(self, options)

    async def create(self, topic: str, partitions: int = 1) -> None:
        self.topics[topic] = [Partition() for _ in range(partitions)]

    async def add_partition(self, topic: str) -> None:
        self.topics[topic].append(Partition())

    async def send(self, topic: str, *values: bytes | None, partition: int = 0) -> None:
        self.topics[topic][partition].values += values
        async with self._changed:
            self._changed.notify_all()

    async def delete(self, topic: str, before: int) -> None:
        """Delete the messages of partition 0 before an offset."""
        partition = self.topics[topic][0]
        partition.values = partition.values[before - partition.first :]
        partition.first = before

    async def position(self, group: str, topic: str, partition: int = 0) -> int | None:
        """Return the position that a group has kept."""
        return self.kept.get((group, topic, partition))

    async def stop(self) -> None:
        self.down = True

    async def start(self) -> None:
        self.down = False

    def partition(self, topic: str, number: int) -> Partition:
        if self.down:
            raise KafkaConnectionError("nobody answers")
        if number >= len(self.topics.get(topic, ())):
            raise UnknownTopicOrPartitionError
        return self.topics[topic][number]

    async def wait(self, timeout: float) -> None:
        """Wait until something is sent."""
        try:
            async with asyncio.timeout(timeout), self._changed:
                await self._changed.wait()
        except TimeoutError:
            pass


class FakeConsumer:
    """As much of AIOKafkaConsumer as the link uses."""

    def __init__(self, kafka: FakeKafka, options: dict[str, Any]) -> None:
        self._kafka = kafka
        self._group = options["group_id"]
        self._at: dict[TopicPartition, int] = {}

    async def start(self) -> None:
        if self._kafka.down:
            raise KafkaConnectionError("nobody answers")

    async def stop(self) -> None:
        self._kafka.open -= 1

    async def topics(self) -> set[str]:
        return set(self._kafka.topics)

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(len(self._kafka.topics[topic])))

    async def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: self._kafka.partition(*each).first for each in partitions}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: self._kafka.partition(*each).end for each in partitions}

    async def committed(self, partition: TopicPartition) -> int | None:
        return self._kafka.kept.get((self._group, *partition))

    async def commit(self, positions: dict[TopicPartition, int]) -> None:
        if self._kafka.refuses_to_keep is not None:
            raise self._kafka.refuses_to_keep
        for each, position in positions.items():
            self._kafka.partition(*each)
            self._kafka.kept[self._group, *each] = position

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self._at = {}

    def seek(self, partition: TopicPartition, position: int) -> None:
        self._at[partition] = position

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        if not self._kafka.down and (found := self._found(max_records)):
            return found
        await self._kafka.wait(timeout_ms / 1000)
        return {} if self._kafka.down else self._found(max_records)

    def _found(self, left: int) -> dict[TopicPartition, list[Record]]:
        found: dict[TopicPartition, list[Record]] = {}
        for each, at in self._at.items():
            partition = self._kafka.partition(*each)
            if at < partition.first:
                raise OffsetOutOfRangeError({each: at})
            values = partition.values[at - partition.first :][:left]
            if values:
                left -= len(values)
                found[each] = [Record(at + number, value) for number, value in enumerate(values)]
                self._at[each] = at + len(values)
        return found
