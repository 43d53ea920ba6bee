"""Validation: what Redis holds must be batches and values of this feed; the rest is counted and skipped."""

import asyncio
from collections.abc import Iterable
from itertools import chain

from tickcast.runtime.rejects import Rejects
from tickcast.wire.bar import is_bar, symbol_of
from tickcast.wire.batch import Batch, BatchError, decode_batch
from tickcast.wire.notice import NoticeLine, decode_notice, state_in
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import is_tick

AT_ONCE = 200
"""Last values that are checked without a pause, half a ms."""


class BatchValidator:
    """Checks what comes from Redis: whoever can write there can write rubbish, which must stop nothing."""

    def __init__(self, partitions: int) -> None:
        self.rejects = Rejects()
        """Batches, last values and bars that were skipped."""
        self._partitions = partitions

    def batch(self, data: bytes, partition: int, where: str) -> Batch | None:
        """Return the batch that `data` holds; None if it is invalid or of another partition."""
        try:
            batch = decode_batch(data)
            if self._partitions > 1:
                self._check_partition(batch, partition)
        except BatchError as error:
            self.rejects.add("poisoned batch skipped", partition=partition, where=where, error=str(error))
            return None
        return batch

    def _check_partition(self, batch: Batch, partition: int) -> None:
        # All that is kept by symbol relies on each symbol being in one partition.
        symbols = chain(
            (symbol for symbol, _ in batch.ticks),
            (symbol_of(key) for key, _ in batch.bars),
            (line.symbol for line in batch.notices),
        )
        for symbol in symbols:
            if partition_of(symbol, self._partitions) != partition:
                raise BatchError(f"{symbol.decode()} does not belong to partition {partition}")

    async def last_values(
        self, partition: int, ticks: Iterable[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """Return those (symbol, JSON) of `ticks` that are ticks of the partition."""
        kept = []
        for at, (symbol, json) in enumerate(ticks, 1):
            if at % AT_ONCE == 0:
                await asyncio.sleep(0)
            if is_tick(symbol, json) and partition_of(symbol, self._partitions) == partition:
                kept.append((symbol, json))
            else:
                self.rejects.add("poisoned last value skipped", partition=partition, symbol=repr(symbol[:40]))
        return kept

    def states(self, partition: int, instruments: Iterable[bytes]) -> list[NoticeLine]:
        """Return each state that stands in the JSON of an instrument."""
        kept = []
        for instrument in instruments:
            if (json := state_in(instrument)) is not None:
                notice = decode_notice(json)
                symbol = notice.symbol.encode("ascii")
                if partition_of(symbol, self._partitions) == partition:
                    kept.append(NoticeLine(symbol, json, notice))
        return kept

    async def newest_bars(
        self, partition: int, bars: Iterable[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """Return those (bar key, JSON) of `bars` that are bars of the partition."""
        kept = []
        for at, (key, json) in enumerate(bars, 1):
            if at % AT_ONCE == 0:
                await asyncio.sleep(0)
            if is_bar(key, json) and partition_of(symbol_of(key), self._partitions) == partition:
                kept.append((key, json))
            else:
                self.rejects.add("poisoned bar skipped", partition=partition, key=repr(key[:40]))
        return kept
