"""Recovers the last publisher's ticks and instruments from Redis, and checks a source's instruments."""

from collections.abc import Iterator

import structlog

from tickcast.publisher.source import Source, SourceError, instruments_of
from tickcast.publisher.writer import Writer
from tickcast.wire.instrument import Instrument, InstrumentError, decode_instrument, encode_instrument
from tickcast.wire.notice import NoticeError, SymbolState, decode_notice, state_in
from tickcast.wire.symbol import Case, fold, partition_of
from tickcast.wire.tick import Tick, TickError, decode_tick

_log = structlog.get_logger()


def last_ticks(writer: Writer, partitions: int) -> Iterator[tuple[Tick, int]]:
    """Yield the newest tick of each symbol of a claimed partition, and its `q`.

    An invalid value, or one of another partition, is logged and forgotten; `mending.py` removes it.
    """
    for tick, q in _valid_ticks(writer):
        if partition_of(tick.symbol.encode("ascii"), partitions) == writer.partition:
            yield tick, q
        else:
            _ignore(writer, tick.symbol.encode(), "a symbol of another partition")


def _valid_ticks(writer: Writer) -> Iterator[tuple[Tick, int]]:
    for symbol, json in list(writer.held.last.items()):
        try:
            tick, q = decode_tick(json)
            if q is None or tick.symbol.encode() != symbol:
                raise TickError("the tick has no q, or another symbol")
        except (TickError, UnicodeDecodeError) as error:
            _ignore(writer, symbol, str(error))
        else:
            yield tick, q


def _ignore(writer: Writer, symbol: bytes, why: str) -> None:
    del writer.held.last[symbol]
    _log.warning("ignored a last value in redis", symbol=repr(symbol)[:80], error=why)


def stored_instruments(writer: Writer) -> Iterator[Instrument]:
    """Yield the valid instruments of a claimed partition. An invalid one is logged and derived again."""
    for symbol, json in list(writer.held.symbols.items()):
        try:
            yield decode_instrument(json)
        except InstrumentError as error:
            del writer.held.symbols[symbol]
            _log.warning("ignored an instrument in redis", symbol=repr(symbol)[:80], error=str(error))


def stored_states(writer: Writer) -> Iterator[SymbolState]:
    """Yield the states of the symbols of a claimed partition, as Redis has them."""
    for json in writer.held.symbols.values():
        try:
            notice = decode_notice(state_in(json) or b"")
        except NoticeError:
            continue  # it has none, or one that nobody of ours has written
        if isinstance(notice, SymbolState):
            yield notice


def valid_instruments(source: Source, case: Case) -> list[Instrument]:
    """Return the instruments of a source, symbols in this case. Raises SourceError if one is not valid."""
    try:
        found = [decode_instrument(encode_instrument(each)) for each in instruments_of(source)]
        return [each._replace(symbol=fold(each.symbol, case)) for each in found]
    except (InstrumentError, TypeError, ValueError) as error:
        raise SourceError(f"an instrument of the source is not valid: {error}") from None
