"""What the gateway asks of Redis about the feed: state, snapshot, log, and the live channels."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from tickcast.gateway.feed.client import FeedClient
from tickcast.gateway.feed.proof import Standing
from tickcast.gateway.feed.short_values import ShortValues
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.wire.batch import BatchError, parse_epoch
from tickcast.wire.bounds import MAX_SOURCE_LENGTH
from tickcast.wire.position import START, Position, PositionError, parse_position
from tickcast.wire.symbol import Case


class LogState(NamedTuple):
    """The log of a partition as Redis has it: its epoch, and its newest position."""

    epoch: str
    """Empty if no publisher has written yet."""
    position: Position
    sent: int = 0
    """When Redis took the newest batch or heartbeat, µs since the epoch by its clock; 0: it does not say."""
    symbols: int = 0
    """How many newest ticks there should be."""
    is_full: bool = False
    """Whether Redis refuses batches because it is full."""


class Snapshot(NamedTuple):
    """Newest ticks, newest bars and instruments of a partition as of one moment, unchecked."""

    state: LogState
    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON)."""
    bars: list[tuple[bytes, bytes]]
    """(bar key, JSON)."""
    instruments: list[bytes]
    """JSON."""


LogEntry = tuple[str, bytes]
"""An entry of a log: its id, and its batch, both unchecked; no batch is empty."""


class Broker:
    """Reads one feed from Redis."""

    def __init__(self, client: FeedClient) -> None:
        self.case: Case = "upper"
        """What the feed does with lower-case letters in symbols, as Redis said last."""
        self.partitions = 0
        """Number of partitions of the feed, as Redis said last; 0: it has not said."""
        self.rejects = Rejects()
        """Values that were left out because they are too long."""
        self._client = client
        self._names = client.names
        self._short = ShortValues(client, self.rejects)

    async def state(self, partition: int) -> LogState:
        """Return the epoch and newest position of a partition's log. Raises LinkError."""
        return self._state(partition, await self._client.ask("HMGET", self._names.meta(partition), *_STATE))

    async def standings(self, partitions: int, count: Collection[int] = ()) -> list[Standing]:
        """Return how each partition stands, by the clock of its server. Raises LinkError.

        Only of the partitions to `count` the newest ticks are counted; the others count as whole.
        """
        if not self._client.is_cluster:
            return await self._standings(range(partitions), count)
        each = await asyncio.gather(*(self._standings([partition], count) for partition in range(partitions)))
        return [standing for found in each for standing in found]

    async def _standings(self, partitions: Sequence[int], count: Collection[int]) -> list[Standing]:
        counted = [each for each in partitions if each in count]
        *answers, (seconds, micros) = await self._client.transaction(
            "asking how the feed stands",
            *(("HMGET", self._names.meta(each), *_STATE) for each in partitions),
            *(("HLEN", self._names.last(each)) for each in counted),
            ("TIME",),
        )
        now = int(seconds) * 1_000_000 + int(micros)
        held = dict(zip(counted, answers[len(partitions) :], strict=True))
        found = []
        for partition, meta in zip(partitions, answers[: len(partitions)], strict=True):
            state = self._state(partition, meta)
            lacks = partition in held and int(held[partition]) < state.symbols
            found.append(Standing(state.epoch, state.position, state.sent, now, not lacks, state.is_full))
        return found

    async def snapshot(self, partition: int) -> Snapshot:
        """Return the newest values of a partition, as of one moment. Raises LinkError.

        What is longer than any value may be is left out, and does not come over the line.
        """
        names = self._names
        keys = (names.last(partition), names.bars(partition), names.symbols(partition))
        state = ("HMGET", names.meta(partition), *_STATE)
        if await self._short.are_fair(keys):
            meta, last, bars, instruments = await self._client.transaction(
                f"loading partition {partition}", state, *(("HGETALL", key) for key in keys)
            )
        else:
            meta, (last, bars, instruments) = await self._short.read(keys, state)
        ticks, newest, known = (_pairs(each) for each in (last, bars, instruments))
        return Snapshot(self._state(partition, meta), [*ticks.items()], [*newest.items()], [*known.values()])

    async def final_bars(self, partition: int, key: bytes, most: int) -> tuple[list[bytes], int]:
        """Return the JSON of the newest final bars of a bar key, oldest first, and the number of all.

        Raises LinkError.
        """
        name = self._names.bar_list(partition, key).decode("ascii")
        commands = ("LRANGE", name, -most, -1), ("LLEN", name)
        values, kept = await self._client.transaction(f"bars of {key.decode('ascii')}", *commands)
        return values, kept

    async def instruments(self, partition: int) -> list[bytes]:
        """Return the JSON of every instrument of a partition. Raises LinkError."""
        key = self._names.symbols(partition)
        if not await self._short.are_fair([key]):
            _, [short] = await self._short.read([key])
            return [*short.values()]
        values: list[bytes] = await self._client.ask("HVALS", key)
        return values

    def _state(self, partition: int, meta: list[bytes | None]) -> LogState:
        *state, case, partitions = meta
        if partition == 0 and case is not None:
            self.case = "keep" if case == b"keep" else "upper"
            self.partitions = _number(partitions)
        return _state(state)

    async def source(self) -> str:
        """Return the name of the publisher's source; empty if there is none. Raises LinkError."""
        name: bytes | None = await self._client.ask("HGET", self._names.meta(0), "source")
        return (name or b"")[:MAX_SOURCE_LENGTH].decode("utf-8", "replace")

    async def read_log(self, partition: int, after: str, most: int) -> list[LogEntry]:
        """Return up to `most` entries of a partition's log after an id, oldest first. Raises LinkError."""
        log = self._names.log(partition)
        entries = await self._client.ask("XRANGE", log, f"({after}", "+", "COUNT", most)
        return [(entry_id.decode("ascii"), _pairs(fields).get(b"b", b"")) for entry_id, fields in entries]

    @asynccontextmanager
    async def live(self, partitions: int) -> AsyncIterator[AsyncIterator[tuple[int, bytes]]]:
        """Subscribe to all partitions; gives (partition, batch) as they come, until the link breaks.

        The subscription is confirmed when the context is entered. Raises LinkError.
        """
        channels = {self._names.live(partition): partition for partition in range(partitions)}
        async with self._client.subscribed(channels) as batches:
            yield batches


_STATE = ("epoch", "id", "sent", "symbols", "trouble", "case", "partitions")


def _state(meta: list[bytes | None]) -> LogState:
    epoch, position, sent, symbols, trouble = meta
    if epoch is None or position is None:
        return LogState("", START)
    try:
        own, log = parse_position(position), parse_epoch(epoch)
    except (PositionError, BatchError) as error:
        raise LinkError(f"what Redis holds of the feed cannot be read: {error}") from error
    return LogState(log, own, _number(sent), _number(symbols), trouble == b"full")


def _number(text: bytes | None) -> int:
    return int(text) if text and text.isdigit() and len(text) <= 16 else 0


def _pairs(fields: Any) -> dict[bytes, bytes]:
    if isinstance(fields, dict):
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=False))
