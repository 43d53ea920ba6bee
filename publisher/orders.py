"""What an operator orders the leader: to describe a symbol, or to retire it (`tickcast symbols`).

An order is an entry of the stream `orders` of the symbol's partition, whatever the source is. Its fields are
two of those that an entry of the inbox has: `i`, lines of JSON like an instrument's, where all but `S` may be
left out, and `r`, symbols to retire, one a line. The leader deletes the order when it is carried out.
"""

import time
from typing import NamedTuple

import structlog

from tickcast.publisher.broker import Broker
from tickcast.runtime.redis.errors import Failure, LinkError
from tickcast.wire.inbox import Description, decode_description
from tickcast.wire.symbol import Case, parse_symbol

AT_ONCE = 100
"""Orders read in one call."""

COMPLAIN_AGAIN = 60.0
"""Seconds between two lines about the same failure, at least."""

_log = structlog.get_logger()


class Order(NamedTuple):
    """A valid order."""

    id: bytes
    descriptions: list[Description]
    retired: list[str]


class Orders:
    """Reads the orders of the partitions that this publisher leads."""

    def __init__(self, broker: Broker, case: Case = "upper") -> None:
        """`case` is that of the feed's symbols."""
        self._case: Case = case
        self._broker = broker
        self._complain_after: dict[Failure, float] = {}

    async def read(self, partition: int) -> list[Order]:
        """Return orders that are not carried out, oldest first; none where Redis does not answer."""
        key = self._broker.names.orders(partition)
        try:
            entries = await self._broker.read_on(key, AT_ONCE)
        except LinkError as error:
            # Ticks matter more than orders: what is wrong with the key or the rights must not stop them.
            now = time.monotonic()
            if now >= self._complain_after.get(error.failure, 0.0):
                self._complain_after[error.failure] = now + COMPLAIN_AGAIN
                _log.warning("orders of operators cannot be read", error=str(error), hint=error.hint)
            return []
        return [_order(id_, fields, self._case) for id_, fields in entries]

    async def done(self, partition: int, ids: list[bytes]) -> None:
        """Delete orders that are carried out. Where that fails they are carried out again, to no effect."""
        if ids:
            try:
                await self._broker.delete_entries(self._broker.names.orders(partition), ids)
            except LinkError as error:
                _log.warning("orders of operators cannot be deleted", error=str(error), hint=error.hint)


def _order(id_: bytes, fields: dict[bytes, bytes], case: Case) -> Order:
    order = Order(id_, [], [])
    for line in fields.get(b"i", b"").splitlines():
        try:
            order.descriptions.append(decode_description(line, case))
        except ValueError as error:
            _log.warning("an operator's order is not valid", line=repr(line[:80]), error=str(error))
    for line in fields.get(b"r", b"").splitlines():
        try:
            order.retired.append(parse_symbol(line.decode("ascii", "replace"), case))
        except ValueError as error:
            _log.warning("an operator's order is not valid", line=repr(line[:80]), error=str(error))
    return order
