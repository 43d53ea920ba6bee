"""Recovers the last publisher's ticks and instruments from Redis, and checks a source's instruments."""

from collections.abc import Iterator

import structlog

from tickcast.publisher.source import Source, SourceError, instruments_of
from tickcast.publisher.writer import Writer
from tickcast.wire.instrument import Instrument, InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.symbol import Case, fold, partition_of
from tickcast.wire.tick import Tick, TickError, decode_tick

_log = structlog.get_logger()


def last_ticks(writer: Writer, partitions: int) -> Iterator[tuple[Tick, int]]:
    """Yield the newest tick of each symbol of a claimed partition, and its `q`.

    An invalid value, or one of another partition, is logged and dropped.
    """
    for tick, q in _valid_ticks(writer):
        if partition_of(tick.symbol.encode("ascii"), partitions) == writer.partition:
            yield tick, q
        else:
            _ignore(writer, tick.symbol.encode(), "a symbol of another partition")


def _valid_ticks(writer: Writer) -> Iterator[tuple[Tick, int]]:
    for symbol, json in list(writer.last.items()):
        try:
            tick, q = decode_tick(json)
            if q is None or tick.symbol.encode() != symbol:
                raise TickError("the tick has no q, or another symbol")
        except (TickError, UnicodeDecodeError) as error:
            _ignore(writer, symbol, str(error))
        else:
            yield tick, q


def _ignore(writer: Writer, symbol: bytes, why: str) -> None:
    del writer.last[symbol]
    _log.warning("ignored a last value in redis", symbol=repr(symbol)[:80], error=why)


def stored_instruments(writer: Writer) -> Iterator[Instrument]:
    """Yield the valid instruments of a claimed partition. An invalid one is logged and derived again."""
    for symbol, json in writer.symbols.items():
        try:
            yield decode_instrument(json)
        except InstrumentError as error:
            _log.warning("ignored an instrument in redis", symbol=repr(symbol)[:80], error=str(error))


def valid_instruments(source: Source, case: Case) -> list[Instrument]:
    """Return the instruments of a source, symbols in this case. Raises SourceError if one is not valid."""
    try:
        found = [decode_instrument(encode_instrument(each)) for each in instruments_of(source)]
        return [each._replace(symbol=fold(each.symbol, case)) for each in found]
    except (InstrumentError, TypeError, ValueError) as error:
        raise SourceError(f"an instrument of the source is not valid: {error}") from None
