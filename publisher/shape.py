"""The shape of a feed, its number of partitions and the case of its symbols, holds while the feed has data.

It decides in which partition a symbol is, so another shape would scatter the ticks of a symbol.
"""

from functools import partial
from typing import NamedTuple

from tickcast.publisher.broker import Broker
from tickcast.publisher.scripts import EXISTS, SHAPE
from tickcast.wire.bounds import MAX_PARTITIONS
from tickcast.wire.names import FeedNames
from tickcast.wire.symbol import Case


class ShapeError(Exception):
    """The feed in Redis has another shape, and data. The message is one line with the way out."""


class Shape(NamedTuple):
    """What `meta` of partition 0 says of a feed."""

    partitions: int
    case: Case


async def verify_shape(broker: Broker, shape: Shape) -> None:
    """Return if a publisher with this shape may lead. Raises ShapeError, LinkRefusedError."""
    names, retry = broker.names, broker.retry
    held = await shape_of(broker, names)
    if held is None or held == shape:
        return
    for partition in range(max(held.partitions, shape.partitions)):
        if await retry(partial(broker.script, EXISTS, [names.last(partition)], [])):
            raise ShapeError(
                f"the feed in Redis has TICKCAST_PARTITIONS={held.partitions} and"
                f" TICKCAST_SYMBOL_CASE={held.case}, this publisher {shape.partitions} and {shape.case}:"
                " set what the feed has, or empty it"
            )


async def shape_of(broker: Broker, names: FeedNames) -> Shape | None:
    """Return the shape of a feed; None: Redis has none of this name. Raises LinkRefusedError."""
    return _shape(await broker.retry(lambda: broker.script(SHAPE, [names.meta(0)], [])))


def _shape(fields: list[bytes | None]) -> Shape | None:
    partitions, case = fields
    number = int(partitions) if partitions and partitions.isdigit() and len(partitions) <= 3 else 0
    if not 1 <= number <= MAX_PARTITIONS or case not in (b"upper", b"keep"):
        return None
    return Shape(number, "keep" if case == b"keep" else "upper")
