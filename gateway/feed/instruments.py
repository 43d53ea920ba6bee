"""What is known of the symbols: names, tick sizes, reference prices; read from Redis when it changes."""

import asyncio
from contextlib import suppress

import structlog

from tickcast.gateway.feed.broker import Broker
from tickcast.gateway.store.last_values import LastValues
from tickcast.runtime.etag import weak_etag
from tickcast.runtime.redis.errors import LinkError
from tickcast.runtime.rejects import Rejects
from tickcast.wire.instrument import InstrumentError, decode_instrument

REFRESH = 30.0
"""Seconds after which they are read again, whatever happened."""

SETTLE = 1.0
"""Seconds between two readings, at least, while new symbols turn up."""

log = structlog.get_logger()


class Instruments:
    """The JSON of each, as it came; and where the prices come from."""

    def __init__(self, broker: Broker, last: LastValues, partitions: int) -> None:
        self.json: bytes
        """An array of all, by symbol."""
        self.etag: str
        """What tells it from another one, the same on every gateway."""
        self.source = ""
        """Name of the publisher's source; empty: not told."""
        self._broker = broker
        self._last = last
        self._partitions = partitions
        self._rejects = Rejects()
        self._hold({})

    @property
    def poisoned(self) -> int:
        """Instruments in Redis that could not be read; they count at every reading."""
        return self._rejects.count

    async def run(self) -> None:
        """Keep up until cancelled."""
        while True:
            try:
                self.source = await self._broker.source()
                await self._read()
            except LinkError as error:
                log.debug("instruments not read", error=str(error))
                await asyncio.sleep(SETTLE)
                continue
            known = len(self._last)
            for _ in range(int(REFRESH / SETTLE)):
                await asyncio.sleep(SETTLE)
                with suppress(LinkError):
                    # Another publisher may lead by now: simulated prices are to be called so at once.
                    self.source = await self._broker.source()
                if len(self._last) != known:
                    break

    async def _read(self) -> None:
        held: dict[bytes, bytes] = {}
        for partition in range(self._partitions):
            for json in await self._broker.instruments(partition):
                try:
                    held[decode_instrument(json).symbol.encode("ascii")] = json
                except InstrumentError as error:
                    self._rejects.add("poisoned instrument skipped", partition=partition, error=str(error))
        self._hold(held)

    def _hold(self, held: dict[bytes, bytes]) -> None:
        self.json = b"[%b]" % b",".join([held[symbol] for symbol in sorted(held)])
        self.etag = weak_etag(self.json)
