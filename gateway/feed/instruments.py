"""The metadata of the symbols (names, tick sizes, reference prices), read again when it may have changed."""

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
"""Seconds after which the instruments are read again in any case."""

SETTLE = 1.0
"""Seconds between two readings, at least, while new symbols come."""

log = structlog.get_logger()


class Instruments:
    """The instruments as JSON, as the publisher wrote them, and the name of its source."""

    def __init__(self, broker: Broker, last: LastValues, partitions: int) -> None:
        self.json: bytes
        """An array of all instruments, ordered by symbol."""
        self.etag: str
        """The ETag of `json`, the same on every gateway."""
        self.source = ""
        """Name of the publisher's source; empty if it is not known."""
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
        """Read the instruments, again and again, until cancelled."""
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
                    # Another publisher may lead by now, and simulated prices must be marked as such at once.
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
