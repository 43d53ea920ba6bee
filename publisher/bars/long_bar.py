"""The newest quarter of an hour, or day, of one symbol: made of minutes, and sent when a minute has ended.

So it costs nothing a tick, and little a second. In Redis it always stands beside the newest minute in one of
three ways: it ends before that minute, or with it, or it began with it. So whoever has both knows the bar up
to the newest tick (`wire.joined_bars.up_to`), and another publisher can continue it. Pure.
"""

from tickcast.publisher.bars.open_bar import OpenBar, open_bar
from tickcast.wire.bar import Bar, encode_bar
from tickcast.wire.exact_sum import minus


class LongBar:
    """The newest bar of one symbol and long interval, open to minutes."""

    __slots__ = ("due", "interval", "past", "sent", "start")

    def __init__(self, interval: str) -> None:
        self.interval = interval
        self.start = -1
        """µs since 1970; -1: there has been no minute yet."""
        self.past: OpenBar | None = None
        """Its minutes that have ended, as one bar; None: it began with the newest minute."""
        self.due = False
        """Whether it is sent with the newest minute: it has begun with that, or was sent with a part of
        it."""
        self.sent = 0
        """`q` of the last tick in it when it was sent last."""

    def begin(self, start: int) -> None:
        """Begin a new bar with a minute that has begun."""
        self.start, self.past, self.due = start, None, True

    def go_on(self) -> None:
        """Go on with a minute that has begun."""
        self.due = False

    def end_minute(self, symbol: str, minute: OpenBar, q: int) -> bytes | None:
        """Take in the newest minute, which has ended; return the JSON, or None if it was sent like that."""
        if self.past is None:
            self.past = self._with(minute)
        else:
            self.past.append_bar(minute)
        if self.sent == q:
            return None
        self.sent = q
        return encode_bar(self.past.to_bar(symbol, self.interval, q))

    def take(self, symbol: str, minute: OpenBar, q: int) -> bytes:
        """Return the JSON with the newest minute as it stands, and mark it sent. `q` is of the last tick."""
        self.due = self.past is not None
        self.sent = q
        return encode_bar(self._with(minute).to_bar(symbol, self.interval, q))

    def restore(self, bar: Bar, minute: Bar | None) -> None:
        """Continue the bar in Redis, where its symbol's newest minute is `minute`; None: that was lost."""
        self.start, self.sent, self.due = bar.start, bar.q, True
        if minute is None or bar.q <= minute.q - minute.ticks:
            self.past, self.due = open_bar(bar), False
        elif bar.q - bar.ticks == minute.q - minute.ticks:
            # Where ticks are lost to the minute, they must be lost to this bar as well.
            self.past = None
        else:
            self.past = without(bar, minute)

    def _with(self, minute: OpenBar) -> OpenBar:
        """Return the bar with a minute in it."""
        if self.past is None:
            whole = minute.copy()
            whole.start = self.start
        else:
            whole = self.past.copy()
            whole.append_bar(minute)
        return whole


def fits(long: Bar, minute: Bar) -> bool:
    """Tell whether a long bar stands beside its symbol's newest minute in one of the three ways."""
    begin = minute.q - minute.ticks
    if long.q <= begin or long.q > minute.q:
        return long.q <= begin
    return long.q - long.ticks == begin if long.q != minute.q else long.ticks >= minute.ticks


def without(whole: Bar, part: Bar) -> OpenBar | None:
    """Return a bar without its newest part; None if it has no other. High and low stay."""
    rest = open_bar(whole)
    rest.ticks -= part.ticks
    if not rest.ticks:
        return None
    taken = open_bar(part).volume
    if rest.volume is not None and taken is not None:
        rest.volume = minus(rest.volume, taken)
    return rest
