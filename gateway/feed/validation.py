"""The validator: lets through what is ours of what Redis holds; counts the rest, and names it once."""

from collections.abc import Iterable
from itertools import chain

from tickcast.runtime.rejects import Rejects
from tickcast.wire.bar import INTERVALS, interval_of, symbol_of
from tickcast.wire.batch import Batch, BatchError, decode_batch, is_line
from tickcast.wire.symbol import partition_of


class BatchValidator:
    """Anybody who can write to Redis can write rubbish; it must not stop a gateway or a feed."""

    def __init__(self, partitions: int) -> None:
        self.rejects = Rejects()
        """Batches that were no batches, last values that were no ticks, and bars that were none."""
        self._partitions = partitions

    def batch(self, data: bytes, partition: int, where: str) -> Batch | None:
        """Return the batch that `data` is, if it belongs to the partition."""
        try:
            batch = decode_batch(data)
            if self._partitions > 1:
                self._check_partition(batch, partition)
        except BatchError as error:
            self.rejects.add("poisoned batch skipped", partition=partition, where=where, error=str(error))
            return None
        return batch

    def _check_partition(self, batch: Batch, partition: int) -> None:
        # Everything that is kept by symbol relies on a symbol having one partition.
        symbols = chain((symbol for symbol, _ in batch.ticks), (symbol_of(key) for key, _ in batch.bars))
        for symbol in symbols:
            if partition_of(symbol, self._partitions) != partition:
                raise BatchError(f"{symbol.decode()} does not belong to partition {partition}")

    def last_values(self, partition: int, ticks: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those of `ticks` that could have come in a batch of the partition."""
        kept = []
        for symbol, json in ticks:
            if is_line(symbol, json) and partition_of(symbol, self._partitions) == partition:
                kept.append((symbol, json))
            else:
                self.rejects.add("poisoned last value skipped", partition=partition, symbol=repr(symbol[:40]))
        return kept

    def newest_bars(self, partition: int, bars: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those of (bar key, JSON) that could have come in a batch of the partition."""
        kept = []
        for key, json in bars:
            symbol, interval = symbol_of(key), interval_of(key)
            named = interval in INTERVALS and json.startswith(
                b'{"S":"%b","i":"%b",' % (symbol, interval.encode("ascii"))
            )
            if named and is_line(symbol, json) and partition_of(symbol, self._partitions) == partition:
                kept.append((key, json))
            else:
                self.rejects.add("poisoned bar skipped", partition=partition, key=repr(key[:40]))
        return kept
