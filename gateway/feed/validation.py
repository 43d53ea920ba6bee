"""Validation: what Redis holds must be batches and values of this feed; the rest is counted and skipped."""

from collections.abc import Iterable
from itertools import chain

from tickcast.runtime.rejects import Rejects
from tickcast.wire.bar import INTERVALS, interval_of, symbol_of
from tickcast.wire.batch import Batch, BatchError, decode_batch, is_line
from tickcast.wire.notice import NoticeLine, decode_notice, state_in
from tickcast.wire.symbol import partition_of


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

    def last_values(self, partition: int, ticks: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those (symbol, JSON) of `ticks` that are valid in the partition."""
        kept = []
        for symbol, json in ticks:
            if is_line(symbol, json) and partition_of(symbol, self._partitions) == partition:
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

    def newest_bars(self, partition: int, bars: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return those (bar key, JSON) of `bars` that are valid in the partition."""
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
