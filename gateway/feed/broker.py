"""What the gateway asks of Redis about the feed: state, snapshot, log, and the live channels."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from tickcast.gateway.feed.client import FeedClient
from tickcast.runtime.redis.errors import LinkError
from tickcast.wire import names
from tickcast.wire.position import START, Position, PositionError, parse_position

MAX_SOURCE = 64
"""Bytes of the name of a source; the rest is cut off."""


class LogState(NamedTuple):
    """The log of a partition as Redis has it: its epoch, and its newest position."""

    epoch: str
    """Empty if no publisher has written yet."""
    position: Position


class Snapshot(NamedTuple):
    """The newest tick of each symbol and the newest bar of each key of a partition, unchecked."""

    state: LogState
    ticks: list[tuple[bytes, bytes]]
    """(symbol, JSON)."""
    bars: list[tuple[bytes, bytes]]
    """(bar key, JSON)."""


LogEntry = tuple[Position, bytes]
"""An entry of a log: its position, and its batch, unchecked; empty if the entry has no batch."""


class Broker:
    """Reads one feed from Redis."""

    def __init__(self, client: FeedClient) -> None:
        self._client = client

    async def state(self, partition: int) -> LogState:
        """Return the epoch and newest position of a partition's log. Raises LinkError."""
        return _state(await self._client.ask("HMGET", names.meta(partition), "epoch", "id"))

    async def snapshot(self, partition: int) -> Snapshot:
        """Return the newest values of a partition, as of one moment. Raises LinkError."""
        meta, last, bars = await self._client.transaction(
            f"loading partition {partition}",
            ("HMGET", names.meta(partition), "epoch", "id"),
            ("HGETALL", names.last(partition)),
            ("HGETALL", names.bars(partition)),
        )
        return Snapshot(_state(meta), list(_pairs(last).items()), list(_pairs(bars).items()))

    async def final_bars(self, partition: int, key: bytes, most: int) -> tuple[list[bytes], int]:
        """Return the JSON of the newest final bars of a bar key, oldest first, and the number of all.

        Raises LinkError.
        """
        name = names.bar_list(partition, key).decode("ascii")
        commands = ("LRANGE", name, -most, -1), ("LLEN", name)
        values, kept = await self._client.transaction(f"bars of {key.decode('ascii')}", *commands)
        return values, kept

    async def instruments(self, partition: int) -> list[bytes]:
        """Return the JSON of every instrument of a partition. Raises LinkError."""
        values: list[bytes] = await self._client.ask("HVALS", names.symbols(partition))
        return values

    async def source(self) -> str:
        """Return the name of the publisher's source; empty if there is none. Raises LinkError."""
        name: bytes | None = await self._client.ask("HGET", names.meta(0), "source")
        return (name or b"")[:MAX_SOURCE].decode("utf-8", "replace")

    async def read_log(self, partition: int, after: Position, most: int) -> list[LogEntry]:
        """Return up to `most` entries of a partition's log after a position, oldest first.

        Raises LinkError.
        """
        entries = await self._client.ask("XRANGE", names.log(partition), f"({after}", "+", "COUNT", most)
        found = []
        for entry_id, fields in entries:
            held = _pairs(fields)
            try:
                position = parse_position(entry_id)
            except PositionError as error:
                raise LinkError(f"the log of partition {partition} cannot be read: {error}") from error
            found.append((position, held.get(b"b", b"")))
        return found

    @asynccontextmanager
    async def live(self, partitions: int) -> AsyncIterator[AsyncIterator[tuple[int, bytes]]]:
        """Subscribe to all partitions; gives (partition, batch) as they come, until the link breaks.

        The subscription is confirmed when the context is entered. Raises LinkError.
        """
        channels = {names.live(partition): partition for partition in range(partitions)}
        async with self._client.subscribed(channels) as batches:
            yield batches


def _state(meta: list[bytes | None]) -> LogState:
    epoch, position = meta
    if epoch is None or position is None:
        return LogState("", START)
    try:
        return LogState(epoch.decode("ascii"), parse_position(position))
    except (PositionError, UnicodeDecodeError) as error:
        raise LinkError(f"what Redis holds of the feed cannot be read: {error}") from error


def _pairs(fields: Any) -> dict[bytes, bytes]:
    if isinstance(fields, dict):
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=False))
