"""Recovers the last publisher's ticks and instruments from Redis, and checks a source's instruments."""

from collections.abc import Iterator

import structlog

from tickcast.publisher.source import Source, SourceError, instruments_of
from tickcast.publisher.writer import Writer
from tickcast.wire.instrument import Instrument, InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.symbol import partition_of
from tickcast.wire.tick import Tick, TickError, decode_tick

_log = structlog.get_logger()


class PartitionsChangedError(Exception):
    """The feed in Redis has another number of partitions. The message is one line with the way out."""


def last_ticks(writer: Writer, partitions: int) -> Iterator[tuple[Tick, int]]:
    """Yield the newest tick of each symbol of a claimed partition, and its `q`.

    An invalid value is logged and dropped. Raises PartitionsChangedError.
    """
    for symbol, json in list(writer.last.items()):
        try:
            tick, q = decode_tick(json)
            if q is None or tick.symbol.encode() != symbol:
                raise TickError("the tick has no q, or another symbol")
        except (TickError, UnicodeDecodeError) as error:
            del writer.last[symbol]
            _log.warning("ignored a last value in redis", symbol=repr(symbol)[:80], error=str(error))
            continue
        if partition_of(symbol, partitions) != writer.partition:
            raise PartitionsChangedError(
                f"Redis holds {tick.symbol} in partition {writer.partition}, which is wrong for {partitions}"
                " partitions: set the number it was filled with, or empty it"
            )
        yield tick, q


def stored_instruments(writer: Writer) -> Iterator[Instrument]:
    """Yield the valid instruments of a claimed partition. An invalid one is logged and derived again."""
    for symbol, json in writer.symbols.items():
        try:
            yield decode_instrument(json)
        except InstrumentError as error:
            _log.warning("ignored an instrument in redis", symbol=repr(symbol)[:80], error=str(error))


def valid_instruments(source: Source) -> list[Instrument]:
    """Return the instruments of a source. Raises SourceError if one is not valid."""
    try:
        return [decode_instrument(encode_instrument(each)) for each in instruments_of(source)]
    except (InstrumentError, TypeError, ValueError) as error:
        raise SourceError(f"an instrument of the source is not valid: {error}") from None
