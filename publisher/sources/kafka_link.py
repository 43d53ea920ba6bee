"""The connection to Kafka, with aiokafka: opened again when it breaks, and read on where it was.

The publisher that leads reads all partitions of the topic. Kafka's own sharing of a group is not used: it
would leave a partition unread until it has noticed that the publisher before this one is dead.
"""

import asyncio
import logging
import time
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
)

from tickcast.publisher.source import SourceOptions
from tickcast.publisher.sources.kafka_counts import DELETED, LAG
from tickcast.publisher.sources.kafka_positions import Positions, beginning
from tickcast.publisher.sources.line_reader import MAX_LIST

RETRY = 1.0
"""Seconds between two attempts to connect."""

CHECK = 1.0
"""Seconds between two checks that Kafka answers; each also keeps positions and looks for new partitions."""

PATIENCE = 5.0
"""Seconds that Kafka may take to answer."""

KEEP_AGAIN = 3600.0
"""Seconds after which all positions are kept again: Kafka forgets one that was not renewed for days."""

FETCH_BYTES = 16 * 1024 * 1024
"""Bytes that one broker sends at once, and the library holds of it, at most; a larger message comes alone."""

_log = structlog.get_logger("publisher.sources.kafka")


class _TroubleError(Exception):
    """Why the connection has to be opened again, in a sentence."""


class _ChangedError(Exception):
    """The topic has other partitions than before."""


class _Reasons(logging.Handler):
    """Keeps the library's newest complaint: why a connection fails is said there alone."""

    newest = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.newest = record.getMessage()


_reasons = _Reasons(logging.WARNING)
_library = logging.getLogger("aiokafka")
_library.addHandler(_reasons)
_library.propagate = False  # what it repeats ten times a second is told once, below


class Message(NamedTuple):
    """A message of the topic."""

    partition: int
    after: int
    """The position after it."""
    value: bytes


class KafkaLink:
    """Reads a topic. `messages` opens the connection, and opens it again."""

    def __init__(
        self, servers: list[str], options: SourceOptions, security: dict[str, Any], positions: Positions
    ) -> None:
        """`security` are options of a consumer; `positions` say where to read on."""
        self._topic = options.kafka_topic
        self._start = options.kafka_start
        self._group = None if options.kafka_start == "live" else options.kafka_group
        self._positions = positions
        self._options: dict[str, Any] = {
            "bootstrap_servers": servers,
            "client_id": "tickcast-publisher",
            "group_id": self._group,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "isolation_level": "read_committed",
            "fetch_max_bytes": FETCH_BYTES,
            "request_timeout_ms": int(PATIENCE * 1000),
            "metadata_max_age_ms": int(PATIENCE * 1000),
            **security,
        }
        self._consumer: AIOKafkaConsumer | None = None
        self._opened = False
        self._partitions: set[int] = set()
        self._starting: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._due = 0.0
        """When the next check is due, by time.monotonic."""
        self._keep_again = time.monotonic() + KEEP_AGAIN
        self._trouble: str | None = None
        """The newest one that was logged since the connection was well."""

    async def messages(self) -> list[Message]:
        """Wait for messages, and return those that are there, at most MAX_LIST; try until it succeeds.

        All that it returned before was taken by the positions: after a break it reads on there.
        """
        while True:
            try:
                if not self._opened:
                    await self._open()
                if found := await self._read():
                    return found
            except (KafkaError, OSError, _TroubleError, _ChangedError) as error:
                await self._drop()
                # `_begin` says what became of the messages that are out of range.
                if not isinstance(error, OffsetOutOfRangeError | _ChangedError):
                    self._tell(self._plain(error))
                await asyncio.sleep(RETRY)

    async def close(self) -> None:
        """Have Kafka keep what Redis has, and close the connection."""
        if self._opened and self._consumer is not None:
            try:
                async with asyncio.timeout(CHECK):
                    await self._keep(self._consumer)
            except (KafkaError, OSError) as error:
                _log.warning(
                    "the positions in kafka were not kept; the newest messages will be published again",
                    error=self._plain(error),
                )
        await self._drop()
        LAG.set(0)

    async def _open(self) -> None:
        _reasons.newest = ""
        self._consumer = consumer = AIOKafkaConsumer(**self._options)
        self._starting = asyncio.create_task(consumer.start())
        await asyncio.shield(self._starting)
        async with asyncio.timeout(PATIENCE):
            await self._begin(consumer, await self._look(consumer))
        self._due = time.monotonic()
        self._opened = True
        again, self._trouble = self._trouble is not None, None
        text = "connected to kafka again" if again else "listening to kafka"
        _log.info(text, topic=self._topic, partitions=len(self._partitions))

    async def _look(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        """Return the partitions of the topic."""
        # To ask for this topic alone could make it.
        if self._topic not in await consumer.topics():
            raise _TroubleError(f"there is no topic {self._topic}, or this user may not see it")
        await consumer.end_offsets([TopicPartition(self._topic, 0)])
        return [TopicPartition(self._topic, each) for each in consumer.partitions_for_topic(self._topic)]

    async def _begin(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        """Set where each partition is read from."""
        firsts, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        reached: dict[TopicPartition, int | None] = {}
        for each in partitions:
            reached[each] = self._positions.read.get(each.partition)
            if reached[each] is None and self._group is not None:
                reached[each] = await consumer.committed(each)
        # A partition that is new beside others was made after they were read: all of it is new.
        known = any(position is not None for position in reached.values())
        from_oldest = known or self._start == "oldest"
        consumer.assign(partitions)
        for each in partitions:
            begin = beginning(reached[each], firsts[each], ends[each], from_oldest)
            if begin.deleted:
                DELETED.inc(begin.deleted)
                _log.error(
                    "messages of kafka were deleted before they were read",
                    partition=each.partition,
                    messages=begin.deleted,
                )
            if begin.beyond:
                _log.error(
                    "kafka has lost messages, or its topic was made again; going on at its newest message",
                    partition=each.partition,
                )
            consumer.seek(each, begin.position)
            self._positions.begin(each.partition, begin.position)
        self._partitions = {each.partition for each in partitions}

    async def _read(self) -> list[Message]:
        assert self._consumer is not None
        if self._checking is not None and self._checking.done():
            self._checking.result()
            self._checking = None
        if self._checking is None and time.monotonic() >= self._due:
            self._due = time.monotonic() + CHECK
            self._checking = asyncio.create_task(self._check(self._consumer))
        found = await self._consumer.getmany(timeout_ms=int(CHECK * 1000), max_records=MAX_LIST)
        return [
            # A message without a value says nothing.
            Message(partition.partition, record.offset + 1, record.value or b"")
            for partition, records in found.items()
            for record in records
        ]

    async def _check(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [TopicPartition(self._topic, each) for each in self._partitions]
        if time.monotonic() >= self._keep_again:
            self._keep_again = time.monotonic() + KEEP_AGAIN
            self._positions.keep_again()
        async with asyncio.timeout(PATIENCE):
            try:
                await self._keep(consumer)
            except (CommitFailedError, GroupAuthorizationFailedError) as error:
                # Messages can be read all the same.
                self._tell(self._plain(error))
            ends = await consumer.end_offsets(partitions)
        LAG.set(sum(max(0, ends[each] - self._positions.read[each.partition]) for each in partitions))
        if (consumer.partitions_for_topic(self._topic) or self._partitions) != self._partitions:
            raise _ChangedError

    async def _keep(self, consumer: AIOKafkaConsumer) -> None:
        positions = self._positions.to_keep()
        if self._group is not None and positions:
            await consumer.commit({TopicPartition(self._topic, each): at for each, at in positions.items()})
            self._positions.kept(positions)

    async def _drop(self) -> None:
        consumer, self._consumer, self._opened = self._consumer, None, False
        tasks = [each for each in (self._starting, self._checking) if each is not None]
        if self._starting is not None:
            # The library would leave a connection open that is interrupted while it opens.
            await asyncio.wait({self._starting}, timeout=CHECK)
        self._starting = self._checking = None
        for task in tasks:
            task.cancel()
        if consumer is not None:
            tasks.append(asyncio.create_task(consumer.stop()))
        if tasks:
            # In tasks of their own, so that a CancelledError of the library's is not taken for one of ours.
            done, late = await asyncio.wait(tasks, timeout=PATIENCE)
            for task in late:
                task.cancel()
            for task in done:
                if not task.cancelled():
                    task.exception()

    def _tell(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            _log.warning("trouble with kafka", error=text)

    def _plain(self, error: Exception) -> str:
        match error:
            case KafkaConnectionError() if _reasons.newest:
                return _reasons.newest
            case TimeoutError() | KafkaTimeoutError():
                return "no answer in time"
            case TopicAuthorizationFailedError():
                return f"this user may not read the topic {self._topic}"
            case GroupAuthorizationFailedError():
                return (
                    f"this user may not use the group {self._group}: set TICKCAST_KAFKA_GROUP, "
                    "or TICKCAST_KAFKA_START=live, which needs no group"
                )
            case CommitFailedError():
                return (
                    f"other consumers are in the group {self._group}: "
                    "set TICKCAST_KAFKA_GROUP to a name of its own"
                )
        return str(error) or type(error).__name__
