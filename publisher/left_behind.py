"""What a leader reads of Redis beside newest values: the logs that the last one left, and final bars."""

from functools import partial

import structlog

from tickcast.publisher.broker import Broker, LogEntries
from tickcast.publisher.scripts import DROP, FINAL, MEMORY
from tickcast.publisher.writer import AT_ONCE, Writer
from tickcast.runtime.redis.client import Argument
from tickcast.wire.position import Position

_log = structlog.get_logger()


async def read_log_back(writer: Writer, key: str, top: str, floor: Position) -> LogEntries:
    """Return a page of a log's entries from the id `top` back to `floor`, newest first; empty at the end.

    `key` is `names.log` or `names.ended_log`.
    """
    return await writer.broker.retry(lambda: writer.broker.read_back(key, top, str(floor)))


async def final_bars(writer: Writer, keys: list[bytes]) -> dict[bytes, bytes]:
    """Return the newest final bar of each bar key that has one, unchecked."""
    found: dict[bytes, bytes] = {}
    name = [writer.names.bars(writer.partition)]
    for begin in range(0, len(keys), AT_ONCE):
        asked: list[Argument] = [*keys[begin : begin + AT_ONCE]]
        answers = await writer.broker.retry(partial(writer.broker.script, FINAL, name, asked))
        found |= {key: bar for key, bar in zip(keys[begin:], answers, strict=False) if bar}
    return found


async def drop_ended_log(writer: Writer) -> None:
    """Delete the log of the epoch before, which nobody needs any more."""
    key = [writer.names.ended_log(writer.partition)]
    await writer.broker.retry(lambda: writer.broker.script(DROP, key, []))


async def warn_of_eviction(broker: Broker, partitions: int) -> None:
    """Log a warning if a server that holds some of the partitions may evict keys."""
    metas = [broker.names.meta(each) for each in range(partitions)]
    for key in await broker.retry(lambda: broker.one_key_each(metas)):
        _, limit, policy = await broker.retry(partial(broker.script, MEMORY, [key], []))
        if limit != b"0" and policy != b"noeviction":
            _log.warning(
                "redis may evict the feed's keys when it is full: prices and bars would be lost",
                policy=str(policy, "ascii"),
                hint="set maxmemory-policy noeviction, and maxmemory to what log and bars take",
            )
            return
