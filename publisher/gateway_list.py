"""Keeps what gateways write, their list and their uses, from taking the memory that the feed needs."""

import structlog

from tickcast.publisher.broker import Broker
from tickcast.publisher.scripts import BOUND
from tickcast.publisher.stats import Stats
from tickcast.runtime.redis.errors import LinkDownError
from tickcast.wire.gateway_list import Looks

_log = structlog.get_logger()


class GatewayList:
    """What gateways write in the feed's Redis."""

    def __init__(self, broker: Broker, stats: Stats) -> None:
        self._broker = broker
        self._stats = stats
        self._looks = Looks(broker.names)

    async def bound(self, everything: bool = False) -> None:
        """Remove the list if it is beyond its bounds, and one of the others in turn, or each of them.

        What Redis does not do now it does at the next call. Raises LinkRefusedError.
        """
        looked = self._looks.all if everything else self._looks.next()
        try:
            found = await self._broker.script(
                BOUND, list(looked), [each for bound in looked.values() for each in bound]
            )
        except LinkDownError:
            return
        for key, entries in zip(looked, found, strict=True):
            if entries >= 0:
                self._stats.mended += 1
                _log.error("another program filled what gateways write; removed it", key=key, entries=entries)
