"""Reference prices: what becomes of them when the day of a symbol turns. It sets when days begin, too.

The first tick of another day makes the last price of the day before the reference, whoever gave the one
before. A source that knows better, such as an official close, gives it between the last tick of a day and the
first of the next, or at any time afterwards.
"""

from collections.abc import Callable, Mapping

from tickcast.publisher.bars.forming import BarFormer
from tickcast.publisher.bars.symbol_bars import Turn
from tickcast.publisher.bars.trading_day import UTC_DAY, SessionError, trading_day
from tickcast.runtime.rejects import Rejects
from tickcast.wire.instrument import Instrument


class ReferencePrices:
    """The reference prices of the symbols of all partitions that are led."""

    def __init__(self, bars: Mapping[int, BarFormer], partition_of: Callable[[str], int]) -> None:
        """`bars` forms the bars of each partition; without bars no day turns."""
        self._bars = bars
        self._partition_of = partition_of
        self._given: dict[str, int] = {}
        """Symbol -> its newest sequence number when the source gave its reference."""
        self._rejects = Rejects("warning")

    def know(self, instrument: Instrument) -> None:
        """Let the days of a symbol begin with its session from the next minute on."""
        bars = self._bars.get(self._partition_of(instrument.symbol))
        if bars is None:
            return
        try:
            days = trading_day(instrument.session, instrument.timezone)
        except SessionError as error:
            days = UTC_DAY
            self._rejects.add(
                "a day begins at midnight UTC: its session cannot be read",
                symbol=instrument.symbol,
                error=str(error),
            )
        bars.set_days(instrument.symbol, days)

    def note_given(self, symbol: str, q: int) -> None:
        """Record that the source has given the reference of a symbol after the tick with number `q`."""
        self._given[symbol] = q

    def forget(self, symbol: str) -> None:
        """Forget a symbol that has left."""
        self._given.pop(symbol, None)

    def turns(self, partition: int) -> list[Turn]:
        """Return the days that ended since the last call, but those of which the source gave the
        reference."""
        bars = self._bars.get(partition)
        if bars is None or not bars.turned:
            return []
        return [turn for turn in bars.take_turned() if self._given.pop(turn.symbol, None) != turn.q]


def after_turn(instrument: Instrument, turn: Turn, is_given: bool) -> Instrument:
    """Return an instrument after the end of a day; `is_given`: its source gave its reference."""
    given = instrument.given or (instrument.reference if is_given else "")
    return instrument._replace(reference=turn.close, given=given)


def repeated(instrument: Instrument, stored: Instrument | None) -> Instrument:
    """Return an instrument as a source describes it when it starts, with the reference that holds now.

    If the source gives what it gave before, its reference is as old as that: the close since then stays.
    """
    if stored is None or not stored.given or stored.given != instrument.reference:
        return instrument
    return instrument._replace(reference=stored.reference, given=stored.given)
